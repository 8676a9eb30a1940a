/**
 * A kernel of the sample: Debian's cloud kernel with the few modules for disks of clouds and of QEMU, and their indexes. Its release name
 * must stay Debian's, because it is compiled into the modules.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TarEntry } from '../formats/tar.ts';
import { internal } from '../util/failure.ts';
import { ok, type Result } from '../util/result.ts';
import { gzip } from './apk.ts';
import { type DebianTree, folder } from './debian-tree.ts';
import { runHost } from './host.ts';

export interface SampleKernel {
  /** uname -r: 6.12.117+deb13-cloud-amd64, or -arm64 */
  readonly release: string;
  readonly vmlinuz: TarEntry;
  readonly config: TarEntry;
  /** lib/modules/<release>/…, including folders, uncompressed: as on an ISO. */
  readonly modules: readonly TarEntry[];
  /** The folder that contains lib/modules, for mksquashfs. */
  readonly stage: string;
}

/** Their dependencies are added; ext4, nvme, virtio_pci, virtio_console and af_packet are built into this kernel on every architecture. */
const MODULES = [
  ...[
    'virtio_blk',
    'virtio_net',
    'virtio_scsi',
    'virtio-rng',
    'virtio_balloon',
    'sd_mod',
    'sr_mod',
    'ahci',
    'ata_piix',
  ],
  ...['loop', 'isofs', 'squashfs', 'overlay', 'fat', 'vfat', 'nls_ascii', 'nls_cp437', 'nls_iso8859-1', 'nls_utf8'],
  ...['efivarfs', 'ena', 'button', 'evdev', 'crc32c-intel', 'crc32-pclmul'],
];
/** The text indexes, which busybox reads; the binary indexes are only for kmod. */
const INDEXES = [
  'modules.alias',
  'modules.builtin',
  'modules.builtin.modinfo',
  'modules.dep',
  'modules.softdep',
  'modules.symbols',
];
const IN_DEBIAN = 'usr/lib/modules';

/** `tools` has the programs, `debian` the kernel, which may be for another machine. */
export async function sampleKernel(
  tools: DebianTree,
  debian: DebianTree,
  mtime: number,
  signal?: AbortSignal,
): Promise<Result<SampleKernel>> {
  const [release, ...others] = readdirSync(join(debian.root, IN_DEBIAN));
  if (release === undefined || others.length > 0) throw internal('not exactly one kernel among the Debian packages');
  const all = join(debian.root, IN_DEBIAN, release);
  const indexed = await depmod(tools, debian.root, `/${IN_DEBIAN}`, release, signal);
  if (!indexed.ok) return indexed;
  const chosen = withDependencies(await readFile(join(all, 'modules.dep'), 'utf8'));

  const stage = join(debian.root, 'sample-kernel');
  const target = join(stage, 'lib/modules', release);
  for (const path of chosen) {
    await mkdir(dirname(join(target, path)), { recursive: true });
    await copyFile(join(all, path), join(target, path));
  }
  const [busybox = '', ...args] = tools.command('usr/bin/busybox');
  const unpacked = await runHost(busybox, [...args, 'unxz', ...chosen.map(path => join(target, path))], { signal });
  if (!unpacked.ok) return unpacked;
  await copyFile(join(all, 'modules.builtin'), join(target, 'modules.builtin'));
  await copyFile(join(all, 'modules.builtin.modinfo'), join(target, 'modules.builtin.modinfo'));
  await copyFile(join(all, 'modules.order'), join(target, 'modules.order'));
  const again = await depmod(tools, stage, '/lib/modules', release, signal);
  if (!again.ok) return again;
  for (const name of readdirSync(target)) {
    if (name !== 'kernel' && !INDEXES.includes(name)) await rm(join(target, name));
  }
  // Newer Debian kernels have these files in the folder of modules.
  const bootFile = (name: string): TarEntry => {
    const old = `boot/${name}-${release}`;
    return debian.file(existsSync(join(debian.root, old)) ? old : join(IN_DEBIAN, release, name), `boot/${name}-virt`);
  };
  return ok({
    release,
    stage,
    vmlinuz: bootFile('vmlinuz'),
    config: bootFile('config'),
    modules: filesBelow(stage, 'lib/modules', mtime),
  });
}

/** The modules in the form of Alpine's kernel packages, each a .ko.gz. Only modules.dep contains file names. */
export function compressedModules({ modules }: SampleKernel): readonly TarEntry[] {
  return modules.map(file => {
    const content = Buffer.from(file.content ?? []);
    if (file.path.endsWith('.ko')) return { ...file, path: `${file.path}.gz`, content: gzip(content) };
    if (file.path.endsWith('/modules.dep'))
      return { ...file, content: Buffer.from(content.toString().replaceAll(/\.ko(?=[: \n])/g, '.ko.gz')) };
    return file;
  });
}

/** A squashfs of lib/modules as /modules, like Alpine's modloop. */
export async function packModloop(
  tools: DebianTree,
  kernel: SampleKernel,
  target: string,
  time: number,
  signal?: AbortSignal,
): Promise<Result<void>> {
  const tree = `${kernel.stage}-modloop`;
  await mkdir(tree, { recursive: true });
  await rename(join(kernel.stage, 'lib/modules'), join(tree, 'modules'));
  const [program = '', ...args] = tools.command('usr/bin/mksquashfs');
  const options = [
    '-quiet',
    '-no-progress',
    '-noappend',
    '-all-root',
    '-no-xattrs',
    '-comp',
    'gzip',
    '-processors',
    '1',
  ];
  const times = ['-mkfs-time', String(time), '-all-time', String(time)];
  const packed = await runHost(program, [...args, tree, target, ...options, ...times], { signal });
  return packed.ok ? ok(undefined) : packed;
}

async function depmod(debian: DebianTree, base: string, modules: string, release: string, signal?: AbortSignal) {
  const [program = '', ...args] = debian.command('usr/bin/kmod', 'depmod');
  return runHost(program, [...args, '-b', base, '-m', modules, release], { signal });
}

function withDependencies(dep: string): readonly string[] {
  const chosen = new Set<string>();
  const named = new Set(MODULES.map(plainName));
  for (const line of dep.split('\n')) {
    const [path = '', needs = ''] = line.split(':');
    if (!named.delete(plainName(path.slice(path.lastIndexOf('/') + 1).replace(/\.ko.*$/, '')))) continue;
    for (const one of [path, ...needs.trim().split(' ')]) if (one !== '') chosen.add(one);
  }
  // A missing module is built in; otherwise the first test that boots would fail.
  return [...chosen].sort();
}

function plainName(module: string): string {
  return module.replaceAll('-', '_');
}

function filesBelow(base: string, path: string, mtime: number): TarEntry[] {
  const entries: TarEntry[] = [folder(path, mtime)];
  for (const entry of readdirSync(join(base, path), { withFileTypes: true })) {
    const inner = `${path}/${entry.name}`;
    if (entry.isDirectory()) entries.push(...filesBelow(base, inner, mtime));
    else {
      const owner = { uid: 0, gid: 0, uname: 'root', gname: 'root' } as const;
      entries.push({
        path: inner,
        type: 'file',
        mode: 0o644,
        ...owner,
        mtime,
        content: readFileSync(join(base, inner)),
      });
    }
  }
  return entries;
}
