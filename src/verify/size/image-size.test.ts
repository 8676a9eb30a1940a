import {
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packTar } from '../../formats/tar.ts';
import { openDisk } from '../diff/open-disk.ts';
import { Scratch } from '../packed/scratch.ts';
import { EFI, EFI_ID, gptDisk, LINUX, mbrDisk, putMbr, ROOT_ID, SECTOR } from '../partitions/partition-fixtures.ts';
import { bytesOf, diskTool } from '../reading/reading-fixtures.ts';
import { diskSize, type ImageSize, imageSize } from './image-size.ts';

async function sizeOf(disk: Buffer, options: Parameters<typeof diskSize>[1]): Promise<ImageSize> {
  const image = { ...bytesOf(disk), format: 'raw', stored: (at: number) => at, close: () => undefined } as const;
  return diskSize(await openDisk(image, new Scratch()), options);
}

const lacks = diskTool('mke2fs', ['-V']).status !== 0;

function record(name: string, ...lines: readonly string[]): string {
  return [`C:Q1${'A'.repeat(27)}=`, `P:${name}`, 'V:1.2-r3', ...lines, ''].join('\n');
}

const DATABASE = [
  record('base', 'F:', 'F:etc', 'R:motd', 'a:0:0:600', 'F:etc/conf.d', 'R:rc', 'F:lib', 'F:usr/share'),
  record(
    'tool',
    'D:base',
    'F:etc',
    'F:usr/bin',
    'R:tool',
    'R:same',
    'F:usr/share',
    'F:usr/share/tool',
    'R:sparse',
    'F:loop/in',
  ),
  '',
].join('\n');

const FORMS: readonly (readonly [string, readonly string[]])[] = [
  ['ext4', ['-t', 'ext4', '-b', '4096']],
  ['ext4, blocks of 1 KiB', ['-t', 'ext4', '-b', '1024']],
  ['ext4 with content in inodes', ['-t', 'ext4', '-O', 'inline_data']],
  ['ext3', ['-t', 'ext3', '-b', '1024']],
  ['ext2', ['-t', 'ext2', '-b', '1024']],
];

function total({ uses }: ImageSize): number {
  return uses.reduce((sum, { bytes }) => sum + bytes, 0);
}

function use({ uses }: ImageSize, name: string): number {
  return uses.find(each => each.use === name)?.bytes ?? 0;
}

describe.skipIf(lacks)('the sizes of an image [needs mke2fs]', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aib-size-'));
  const tree = join(folder, 'tree');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(() => {
    for (const path of ['etc/conf.d', 'usr/bin', 'usr/share/tool', 'usr/lib/apk/db', 'etc/apk', 'var/many'])
      mkdirSync(join(tree, path), { recursive: true });
    // A merged /usr: the database contains lib, but the files are in usr/lib.
    symlinkSync('usr/lib', join(tree, 'lib'));
    symlinkSync('loop', join(tree, 'loop'));
    writeFileSync(join(tree, 'lib/apk/db/installed'), DATABASE);
    writeFileSync(join(tree, 'etc/apk/world'), 'tool\n');
    writeFileSync(join(tree, 'etc/motd'), 'Welcome\n');
    writeFileSync(join(tree, 'etc/conf.d/rc'), 'x'.repeat(5_000));
    writeFileSync(join(tree, 'usr/bin/tool'), Buffer.alloc(300_000, 'tool'));
    linkSync(join(tree, 'usr/bin/tool'), join(tree, 'usr/bin/same'));
    linkSync(join(tree, 'usr/bin/tool'), join(tree, 'etc/third'));
    const sparse = openSync(join(tree, 'usr/share/tool/sparse'), 'w');
    writeSync(sparse, 'x', 4_000_000);
    ftruncateSync(sparse, 5_000_000);
    closeSync(sparse);
    writeFileSync(join(tree, 'var/large'), Buffer.alloc(2_000_000, 'large'));
    for (let index = 0; index < 400; index += 1) writeFileSync(join(tree, `var/many/a-name-that-is-long-${index}`), '');
  });
  const image = (words: readonly string[], from = tree): string => {
    const path = join(folder, `${words.join('')}.img`);
    rmSync(path, { force: true });
    expect(diskTool('mke2fs', ['-q', '-F', ...words, '-d', from, path, '32M']).status).toBe(0);
    return path;
  };
  /** Bytes of blocks, as counted by the kernel. */
  const blocksOf = (path: string, name: string): number => {
    const { stdout } = diskTool('debugfs', ['-R', `stat ${name}`, path]);
    return 512 * Number(/Blockcount: (\d+)/.exec(stdout)?.[1]);
  };

  it.each(FORMS)('come to the whole disk, and each agrees with debugfs: %s', async (_, words) => {
    const path = image(words);
    const size = await imageSize(path, { depth: 2 });
    expect([size.size, total(size)]).toEqual([32 << 20, 32 << 20]);
    const { packages = [], others = [] } = size.software ?? {};
    const on = new Map(packages.map(({ name, onDisk }) => [name, onDisk]));
    const sum = (...names: readonly string[]): number => names.reduce((all, name) => all + blocksOf(path, name), 0);
    expect(on.get('base')).toBe(sum('/', '/etc/motd', '/etc/conf.d', '/etc/conf.d/rc', '/usr/lib'));
    expect(on.get('tool')).toBe(sum('/usr/bin', '/usr/bin/tool', '/usr/share/tool', '/usr/share/tool/sparse'));
    expect(others[0]).toEqual({ path: '/var/large', onDisk: sum('/var/large'), apparent: 2_000_000 });
    const hasJournal = !words.includes('ext2');
    expect(use(size, 'journal')).toBe(hasJournal ? sum('<8>') : 0);
    const { stdout } = diskTool('dumpe2fs', ['-h', path]);
    const [, free] = /^Free blocks: +(\d+)$/m.exec(stdout) ?? [];
    const [, blockSize] = /^Block size: +(\d+)$/m.exec(stdout) ?? [];
    // The boot block, and the block of the inode for the blocks that are reserved for growth, have no owner.
    const nobodys = use(size, 'free space') / Number(blockSize) - Number(free);
    expect(nobodys).toBeGreaterThanOrEqual(0);
    expect(nobodys).toBeLessThanOrEqual(3);
  });

  it('count a file once however many names it has, and give shared folders to nobody', async () => {
    const { software, uses } = await imageSize(image(['-t', 'ext4']), { depth: 2 });
    expect(software?.packages).toEqual([
      { name: 'tool', version: '1.2-r3', files: 2, onDisk: expect.any(Number), apparent: 5_300_000 },
      { name: 'base', version: '1.2-r3', files: 2, onDisk: expect.any(Number), apparent: 5_008 },
    ]);
    expect(software?.others.map(({ path }) => path)).toEqual([
      '/var/large',
      '/usr/lib/apk/db/installed',
      '/etc/apk/world',
    ]);
    const packaged = software?.packages.reduce((sum, { onDisk }) => sum + onDisk, 0);
    expect(uses.find(each => each.use === 'packages')?.bytes).toBe(packaged);
    expect(software?.wishes.map(({ wish, own }) => [wish, own.packages])).toEqual([['tool', ['base', 'tool']]]);
  });

  it('tell of folders with all that is below them, down to the depth that is asked for', async () => {
    const path = image(['-t', 'ext4']);
    const { folders, uses } = await imageSize(path, { depth: 1 });
    expect(folders.map(each => each.path).sort()).toEqual(['/', '/etc', '/lost+found', '/usr', '/var']);
    const files = uses.filter(each => each.use === 'packages' || each.use === 'other files');
    expect(folders[0]).toEqual({
      path: '/',
      onDisk: files.reduce((sum, { bytes }) => sum + bytes, 0),
      apparent: expect.any(Number),
    });
    expect((await imageSize(path, { depth: 3 })).folders.map(each => each.path)).toContain('/usr/share/tool');
  });

  it('of an image without a database are told without packages', async () => {
    const bare = join(folder, 'bare');
    mkdirSync(join(bare, 'etc'), { recursive: true });
    writeFileSync(join(bare, 'etc/motd'), 'x'.repeat(3_000));
    const size = await imageSize(image(['-t', 'ext4'], bare), { depth: 2 });
    expect(size.software).toBeUndefined();
    expect([use(size, 'packages'), use(size, 'other files'), use(size, 'files')]).toEqual([0, 0, expect.any(Number)]);
    expect(size.folders.map(each => each.path)).toContain('/etc');
    expect(total(size)).toBe(size.size);
  });

  it('err in words if the database is none', async () => {
    const broken = join(folder, 'broken');
    mkdirSync(join(broken, 'lib/apk/db'), { recursive: true });
    writeFileSync(join(broken, 'lib/apk/db/installed'), `${DATABASE}no line of one\n`);
    await expect(imageSize(image(['-t', 'ext4'], broken), { depth: 2 })).rejects.toThrow(
      /^the package database is invalid at \/lib\/apk\/db\/installed:\d+: "no line of one"$/,
    );
  });

  it('come to the whole disk with a partition table around filesystems, in whatever order it lists them', async () => {
    const disk = gptDisk([
      { type: LINUX, id: ROOT_ID, first: 1_000, last: 1_999, name: 'system' },
      { type: EFI, id: EFI_ID, first: 64, last: 999, name: 'efi' },
    ]);
    const put = (name: string, kilobytes: number, sector: number, files: Readonly<Record<string, string>>): void => {
      const from = join(folder, name);
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(join(from, path, '..'), { recursive: true });
        writeFileSync(join(from, path), text);
      }
      const words = ['-q', '-F', '-t', 'ext2', '-b', '1024', '-d', from, `${from}.img`, `${kilobytes}k`];
      expect(diskTool('mke2fs', words).status).toBe(0);
      readFileSync(`${from}.img`).copy(disk, sector * SECTOR);
    };
    put('system', 500, 1_000, { 'lib/apk/db/installed': DATABASE, 'etc/motd': 'Welcome\n' });
    put('efi', 400, 64, { 'EFI/BOOT/BOOTX64.EFI': 'x'.repeat(3_000) });
    const size = await sizeOf(disk, { depth: 1 });
    expect(total(size)).toBe(disk.byteLength);
    expect(size.uses.map(each => `${each.place}: ${each.use}`)).toEqual([
      'efi, ext4: files',
      'efi, ext4: metadata',
      'efi, ext4: free space',
      'root, ext4: packages',
      'root, ext4: other files',
      'root, ext4: metadata',
      'root, ext4: free space',
      'outside of partitions: partition tables and boot loader',
      'outside of partitions: free space',
    ]);
    const free = size.uses.filter(each => each.use === 'free space').reduce((sum, { bytes }) => sum + bytes, 0);
    expect(size.inUse).toBe(disk.byteLength - free);
    expect(size.software?.others[0]?.path).toBe('efi:/EFI/BOOT/BOOTX64.EFI');
    expect(size.folders.map(({ path }) => path)).toEqual(expect.arrayContaining(['/', '/lib', 'efi:/', 'efi:/EFI']));
  });
});

it('come to the whole of a disk with logical partitions, and of one with nothing on it', async () => {
  const size = await sizeOf(mbrDisk(), { depth: 2 });
  expect(total(size)).toBe(size.size);
  expect(size.uses.map(({ place }) => place)).toContain('5, unknown content');
  expect(await sizeOf(Buffer.alloc(5_000), { depth: 2 })).toEqual({
    size: 5_000,
    inUse: 5_000,
    uses: [{ place: 'disk, unknown content', use: 'content', bytes: 5_000 }],
    folders: [],
  });
});

it('err in words if partitions overlap', async () => {
  const disk = mbrDisk();
  putMbr(disk, 0, [
    { type: 0x83, first: 64, count: 100 },
    { type: 0x83, first: 100, count: 100 },
  ]);
  await expect(sizeOf(disk, { depth: 2 })).rejects.toThrow('the partitions 1 and 2 overlap');
});

it('of a tar archive are those of its members, whatever stands in front of their names', async () => {
  const entry = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const;
  const archive = await packTar([
    { ...entry, path: './lib/apk/db/installed', content: Buffer.from(DATABASE) },
    { ...entry, path: 'etc/motd', content: Buffer.from('Welcome\n') },
    { ...entry, type: 'hardlink', path: 'usr/bin/same', linkTarget: 'usr/bin/tool' },
    { ...entry, path: 'usr/bin/tool', content: Buffer.alloc(1_000) },
  ]);
  const size = await sizeOf(archive, { depth: 2 });
  expect(total(size)).toBe(archive.byteLength);
  expect(size.software?.packages).toEqual([
    { name: 'tool', version: '1.2-r3', files: 1, onDisk: 1_024, apparent: 1_000 },
    { name: 'base', version: '1.2-r3', files: 1, onDisk: 512, apparent: 8 },
  ]);
  expect(size.folders.map(({ path }) => path)).toContain('/lib/apk');
});
