/**
 * The initramfs of the sample ISO: busybox, apk with its libraries, the trusted key and uncompressed modules. Like Alpine's, it has no
 * network and no filesystem tools; unlike Alpine's, its /init only prints what it is, because a build uses its own init. It never installs
 * anything.
 */

import { SAMPLE_KEY_NAME, SAMPLE_PUBLIC_KEY } from '../alpine/package/sample-trust.ts';
import { type CpioEntry, packCpio } from '../formats/cpio.ts';
import type { TarEntry } from '../formats/tar.ts';
import { compareUtf8 } from '../util/bytes.ts';
import { internal } from '../util/failure.ts';
import { gzip, type PackageSpec } from './apk.ts';
import type { SampleKernel } from './kernel.ts';

const FOLDERS = [
  'dev',
  'etc/apk/keys',
  'media',
  'mnt',
  'newroot',
  'proc',
  'run',
  'sys',
  'sysroot',
  'tmp',
  'usr/bin',
  'usr/sbin',
  'var',
];
/** The single files that are included, in addition to the libraries of apk. */
const ALONE = ['etc/passwd', 'etc/group', 'bin/busybox', 'bin/sh', 'sbin/apk'];

/** Folders that are links in newer releases of Alpine. */
const MERGED: Readonly<Record<string, string>> = { bin: 'usr/bin', lib: 'usr/lib', sbin: 'usr/sbin' };

export interface InitramfsOptions {
  readonly packages: readonly PackageSpec[];
  readonly kernel: SampleKernel;
  readonly time: number;
  /** /bin, /lib and /sbin are links into /usr, as in mkinitfs since 3.13. */
  readonly usrMerged: boolean;
}

export function packInitramfs({ packages, kernel, time, usrMerged }: InitramfsOptions): Uint8Array {
  const entries = new Map<string, CpioEntry>();
  for (const path of FOLDERS) addFolder(entries, path, time);
  for (const file of runtimeFiles(packages)) add(entries, file, time);
  for (const file of kernel.modules) add(entries, file, time);
  addFile(entries, `etc/apk/keys/${SAMPLE_KEY_NAME}`, 0o644, SAMPLE_PUBLIC_KEY, time);
  addFile(entries, 'etc/fstab', 0o644, '', time);
  addFile(entries, 'init', 0o755, INIT, time);
  const placed = usrMerged ? merged([...entries.values()], time) : [...entries.values()];
  const sorted = placed.sort((a, b) => compareUtf8(a.path, b.path));
  return gzip(packCpio(sorted));
}

const INIT = `#!/bin/sh
/bin/busybox --install -s
/bin/mount -t devtmpfs dev /dev
echo 'This is the boot archive of a sample mirror made by aib. It installs nothing by itself.' >/dev/console
exec /bin/sh </dev/console >/dev/console 2>&1
`;

/** If a package has both lib/X and usr/lib/X, the second is a link to the first and is dropped. */
function merged(entries: readonly CpioEntry[], mtime: number): CpioEntry[] {
  const placed = new Map<string, CpioEntry>();
  for (const entry of entries) {
    const [top = '', ...rest] = entry.path.split('/');
    const target = MERGED[top];
    if (target === undefined) {
      if (!placed.has(entry.path)) placed.set(entry.path, entry);
    } else {
      const path = [target, ...rest].join('/');
      placed.set(path, { ...entry, path });
    }
  }
  for (const [path, linkTarget] of Object.entries(MERGED))
    placed.set(path, { path, type: 'symlink', mode: 0o777, mtime, linkTarget });
  return [...placed.values()];
}

/** Files of apk-tools and its libraries, and the few files of busybox and the base layout for a shell. */
function runtimeFiles(packages: readonly PackageSpec[]): readonly TarEntry[] {
  const providers = new Map<string, PackageSpec>();
  for (const one of packages) {
    providers.set(one.name, one);
    for (const word of one.provides ?? []) providers.set(word.replace(/[=<>~].*/, ''), one);
  }
  const chosen = new Set<PackageSpec>();
  const choose = (name: string): void => {
    const found = providers.get(name);
    if (found === undefined) throw internal(`nothing on the sample provides ${name}`);
    if (chosen.has(found)) return;
    chosen.add(found);
    for (const word of found.depends ?? []) if (word.startsWith('so:')) choose(word.replace(/[=<>~].*/, ''));
  };
  choose('apk-tools');
  choose('busybox');
  const libraries = [...chosen].flatMap(one =>
    one.files.filter(file => /^(usr\/)?lib\/[^/]+\.so[^/]*$/.test(file.path)),
  );
  const alone = packages.flatMap(one => one.files.filter(file => ALONE.includes(file.path)));
  return [...libraries, ...alone];
}

function add(entries: Map<string, CpioEntry>, file: TarEntry, mtime: number): void {
  if (file.type === 'directory') {
    addFolder(entries, file.path, mtime);
    return;
  }
  addFolder(entries, file.path.slice(0, Math.max(0, file.path.lastIndexOf('/'))), mtime);
  const { path, type, mode, content, linkTarget } = file;
  if (type === 'file') entries.set(path, { path, type, mode, mtime, content: content ?? new Uint8Array() });
  else if (type === 'symlink') entries.set(path, { path, type, mode: 0o777, mtime, linkTarget: linkTarget ?? '' });
  else throw internal(`${path} is a ${type}, which the sample's initramfs does not support`);
}

function addFile(entries: Map<string, CpioEntry>, path: string, mode: number, content: string, mtime: number): void {
  entries.set(path, { path, type: 'file', mode, mtime, content: Buffer.from(content) });
}

function addFolder(entries: Map<string, CpioEntry>, path: string, mtime: number): void {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    if (!entries.has(at)) entries.set(at, { path: at, type: 'directory', mode: 0o755, mtime });
  }
}
