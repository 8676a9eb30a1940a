/**
 * Faults that no setup script can make, planted with other tools in copies of an image that aib built: `aib diff` reports each at its
 * place, with its probable cause, and nothing else.
 */
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { packTar } from '../../src/formats/tar.ts';
import { openImage } from '../../src/verify/containers/image-bytes.ts';
import { type DiskDifference, imageDifference } from '../../src/verify/diff/disks.ts';
import type { FileDifference } from '../../src/verify/diff/file-differences.ts';
import { readPartitions } from '../../src/verify/partitions/partitions.ts';
import { diskTool } from '../../src/verify/reading/reading-fixtures.ts';
import { makeWorkspace } from './workspace.ts';

const TINY = '//nocloud/x86_64/uefi/tiny';
const MIB = 1 << 20;

/** The content of a file on each side. */
const CONTENTS: Readonly<Record<string, readonly [Buffer | string, Buffer | string]>> = {
  'host-path.mk': [
    'PREFIX=/home/ann/work/tool\nLIB=/home/ann/work/tool/lib\n',
    'PREFIX=/builds/42\nLIB=/builds/42/lib\n',
  ],
  'packed.gz': [packedAt(1_700_000_000), packedAt(1_700_086_400)],
  unsorted: ['one\ntwo\nthree\n', 'three\none\ntwo\n'],
  'sorted-by-locale': ['A\nB\na\nb\n', 'a\nA\nb\nB\n'],
  'machine-id': ['0123456789abcdef0123456789abcdef\n', 'fedcba9876543210fedcba9876543210\n'],
  fstab: [
    'UUID=29e09b25-8de8-5530-8b33-a92bc73f0276 / ext4 rw 0 1\n',
    'UUID=8d6924e1-11f1-575d-82bf-200a7a421a3d / ext4 rw 0 1\n',
  ],
  'built-at': ['built on 2024-09-06T00:00:00Z\n', 'built on 2024-10-11T12:13:14Z\n'],
  'kernel-options': [
    'linux /boot/vmlinuz quiet console=ttyS0\n',
    'linux /boot/vmlinuz quiet console=ttyS0 maxcpus=2\n',
  ],
};

const LOOKS: Readonly<Record<string, string>> = {
  'host-path.mk': 'host path',
  'packed.gz': 'time',
  unsorted: 'order',
  'sorted-by-locale': 'locale',
  'machine-id': 'random',
  fstab: 'random',
  'built-at': 'time',
  'kernel-options': 'content',
};

/** As `gzip` writes it, with a time in its header. */
function packedAt(seconds: number): Buffer {
  const bytes = Buffer.from(gzipSync('what is in it is the same\n'));
  bytes.writeUInt32LE(seconds, 4);
  return bytes;
}

async function archiveOf(names: readonly string[]): Promise<Buffer> {
  const entry = { mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const;
  return packTar([
    { ...entry, type: 'file', path: 'file', content: Buffer.from('x\n') },
    ...names.map(path => ({ ...entry, type: 'hardlink', path, linkTarget: 'file' }) as const),
  ]);
}

describe('an image with faults', { tags: ['full'], timeout: 600_000 }, () => {
  const workspace = makeWorkspace(inject('sample'));
  const folder = join(workspace.folder, 'sides');
  const [clean, ...sides] = ['clean', 'one', 'two'].map(name => join(folder, `${name}.raw`)) as [
    string,
    string,
    string,
  ];
  let difference: DiskDifference;

  beforeAll(async () => {
    mkdirSync(folder);
    expect((await workspace.aib('build', TINY)).code).toBe(0);
    const [image = ''] = readdirSync(join(workspace.folder, '.cache/images/nocloud'));
    const built = join(workspace.folder, '.cache/images/nocloud', image, `${image}.qcow2`);
    tool('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', built, clean]);
    for (const [side, path] of sides.entries()) {
      copyFileSync(clean, path);
      await plant(path, side);
    }
    const [one, two] = sides as [string, string];
    difference = await imageDifference(one, two);
  }, 600_000);

  /** Runs the same commands on both sides; the planted differences depend on `side`. */
  async function plant(path: string, side: number): Promise<void> {
    const image = openImage(path);
    const [esp, root] = readPartitions(image)?.partitions ?? [];
    image.close();
    if (esp === undefined || root === undefined) throw new Error('an image for UEFI has two partitions');
    const of = <T>(values: readonly [T, T]): T => values[side] as T;
    const file = (name: string, content: Buffer | string): string => {
      const from = join(folder, `${side}-${name}`);
      writeFileSync(from, content);
      return from;
    };
    const links = await archiveOf(
      of([
        ['first', 'second'],
        ['second', 'first'],
      ]),
    );
    const system = join(folder, `${side}-root`);
    part(path, root, system);
    const database = tool('debugfs', ['-R', 'cat /lib/apk/db/installed', system]);
    const extra = `${database}${of(['', 'C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:extra\nV:1.0-r0\nA:x86_64\n\n'])}`;
    const commands = [
      'mkdir /planted',
      'mkdir /planted/names',
      ...Object.entries(CONTENTS).map(([name, both]) => `write ${file(name, of(both))} /planted/${name}`),
      `write ${file('links.tar', links)} /planted/links.tar`,
      'rm /lib/apk/db/installed',
      `write ${file('installed', extra)} /lib/apk/db/installed`,
      ...['generation', 'mode', 'mtime', 'attribute', 'slack', 'linked'].map(
        name => `write ${file(name, 'the same\n')} /planted/${name}`,
      ),
      `set_inode_field /planted/generation generation ${of([0x1234_5678, 0x9abc_def0])}`,
      `set_inode_field /planted/mode mode ${of(['0100644', '0100600'])}`,
      `set_inode_field /planted/mtime mtime ${of(['20240906000000', '20261130120000'])}`,
      `ea_set /planted/attribute user.note ${of(['one', 'two'])}`,
      ...of([
        ['a', 'b'],
        ['b', 'a'],
      ]).map(name => `ln /planted/linked /planted/names/${name}`),
      'set_inode_field /planted/linked links_count 3',
    ];
    tool('debugfs', ['-w', '-f', file('commands', `${commands.join('\n')}\n`), system], {
      E2FSPROGS_FAKE_TIME: '1725580800',
    });
    const blocks = tool('debugfs', ['-R', 'blocks /planted/slack', system]);
    put(system, Number(String(blocks).trim()) * 4_096 + 100, Buffer.from(of(['old bytes', 'new bytes'])));
    put(path, root.offset, readFileSync(system));
    const note = file('note', 'the same\n');
    utimesSync(note, 0, of([1_725_580_800, 1_764_500_000]));
    tool('mcopy', ['-m', '-i', `${path}@@${esp.offset}`, note, '::/NOTE.TXT'], { MTOOLS_SKIP_CHECK: '1', TZ: 'UTC' });
  }

  const changed = (path: string): FileDifference | undefined =>
    difference.partitions.flatMap(({ files }) => files).find(each => each.path === path);

  it.each(Object.keys(CONTENTS))('is found, and looks like what it is: %s', name => {
    const looks = LOOKS[name] ?? '';
    expect(changed(`/planted/${name}`)?.content?.causes).toEqual([looks]);
  });

  it('is found in the order of hard links, in an archive and in a folder', () => {
    expect(changed('/planted/links.tar')?.content?.causes).toEqual(['order']);
    const owners = difference.partitions.flatMap(({ bytes }) => bytes.map(({ owner }) => owner));
    expect(owners).toContain('/planted/names');
  });

  it.each([
    ['generation', 'generation', 'random'],
    ['mode', 'mode', 'content'],
    ['mtime', 'modified', 'time'],
    ['attribute', 'attribute user.note', 'content'],
  ])('is found in what a file says of itself: %s', (name, fact, looks) => {
    const facts = changed(`/planted/${name}`)?.facts ?? [];
    expect(facts.map(each => [each.name, each.cause])).toContainEqual([fact, looks]);
  });

  it('is found in a package that one side has more', () => {
    const [extra, ...others] = changed('/lib/apk/db/installed')?.content?.packages ?? [];
    expect([extra?.name, extra?.before, extra?.after, others]).toEqual(['extra', undefined, '1.0-r0', []]);
    expect(difference.verdict).toBe('different');
  });

  it('is found in bytes behind the end of a file', () => {
    const bytes = difference.partitions.flatMap(each => each.bytes);
    const slack = bytes.find(({ owner }) => owner === 'slack of /planted/slack');
    expect(slack).toMatchObject({ bytes: 3 });
  });

  it('is found in the time of a file on the EFI system partition', () => {
    const facts = changed('/NOTE.TXT')?.facts ?? [];
    expect(facts.map(({ name, cause }) => [name, cause])).toContainEqual(['modified', 'time']);
  });

  it('and nothing else', () => {
    const paths = difference.partitions.flatMap(({ files }) => files.map(({ path }) => path));
    const others = paths.filter(path => !path.startsWith('/planted/'));
    expect(others.sort()).toEqual(['/NOTE.TXT', '/lib/apk/db/installed']);
    expect(paths).not.toContain('/planted/linked');
    expect([difference.table, difference.outside]).toEqual([[], []]);
  });
});

function tool(program: string, words: readonly string[], environment: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = diskTool(program, words, environment);
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr}`);
  return stdout;
}

function part(disk: string, { offset, size }: { readonly offset: number; readonly size: number }, to: string): void {
  const [from, file] = [openSync(disk, 'r'), openSync(to, 'w')];
  const bytes = Buffer.alloc(MIB);
  for (let at = 0; at < size; at += MIB) {
    const length = readSync(from, bytes, 0, Math.min(MIB, size - at), offset + at);
    writeSync(file, bytes, 0, length, at);
  }
  closeSync(from);
  closeSync(file);
}

function put(path: string, at: number, bytes: Buffer): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.byteLength, at);
  closeSync(file);
}
