import {
  closeSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRandom } from '../../../test/torture/synthetic-graph.ts';
import { DamagedImage, fileBytes } from '../reading/random-access.ts';
import { bytesOf, diskTool } from '../reading/reading-fixtures.ts';
import { type Ext4, readExt4 } from './ext4.ts';

const lacks = diskTool('mke2fs', ['-V']).status !== 0;

const FORMS: readonly (readonly [string, readonly string[]])[] = [
  ['ext4, blocks of 4 KiB', ['-t', 'ext4', '-b', '4096']],
  ['ext4, blocks of 1 KiB', ['-t', 'ext4', '-b', '1024']],
  ['ext4 with 64 bits', ['-t', 'ext4', '-O', '64bit']],
  ['ext4 with inodes of 128 bytes', ['-t', 'ext4', '-I', '128']],
  ['ext4 with content in inodes', ['-t', 'ext4', '-O', 'inline_data,^has_journal']],
  ['ext3', ['-t', 'ext3', '-b', '1024']],
  ['ext2', ['-t', 'ext2']],
];

describe.skipIf(lacks)('ext4 [needs mke2fs]', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aib-ext4-'));
  const tree = join(folder, 'tree');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(() => {
    mkdirSync(join(tree, 'etc/deep/er/and/deeper'), { recursive: true });
    mkdirSync(join(tree, 'many'));
    for (let index = 0; index < 600; index += 1)
      writeFileSync(join(tree, 'many', `a-name-that-is-long-${index}`), `${index}`);
    writeFileSync(join(tree, 'etc/motd'), 'Welcome\n', { mode: 0o640 });
    writeFileSync(join(tree, 'etc/empty'), '');
    writeFileSync(join(tree, 'etc/deep/er/and/deeper/é ü'), 'unicode');
    writeFileSync(join(tree, 'large'), Buffer.alloc(3_000_001, 'large file, '));
    linkSync(join(tree, 'etc/motd'), join(tree, 'etc/same'));
    symlinkSync('motd', join(tree, 'etc/short'));
    symlinkSync(`/${'long/'.repeat(40)}`, join(tree, 'etc/long'));
    const sparse = openSync(join(tree, 'sparse'), 'w');
    writeSync(sparse, 'start', 0);
    writeSync(sparse, 'end', 9_000_000);
    ftruncateSync(sparse, 20_000_000);
    closeSync(sparse);
    utimesSync(join(tree, 'large'), 1_725_580_800, 1_725_580_800.5);
  });
  const image = (words: readonly string[], size = '64M'): string => {
    const path = join(folder, `${words.join('')}.img`);
    rmSync(path, { force: true });
    // Otherwise the folder itself belongs to root, regardless of the user who makes the filesystem.
    const { uid, gid } = lstatSync(tree);
    const owner = ['-E', `root_owner=${uid}:${gid}`];
    const made = diskTool('mke2fs', ['-q', '-F', ...owner, ...words, '-d', tree, path, size]);
    expect([made.stderr.replace(/^mke2fs .*\n/, ''), made.status]).toEqual(['', 0]);
    return path;
  };
  const opened = (path: string): Ext4 => {
    const read = readExt4(fileBytes(path));
    if (read === undefined) throw new Error('no ext4');
    return read;
  };

  it.each(FORMS)('has the files that were put there: %s', (_, words) => {
    const ext4 = opened(image(words));
    const expected = ['', ...readdirSync(tree, { recursive: true, encoding: 'utf8' })].map(path => `/${path}`);
    expect([...ext4.files.keys()].filter(path => path !== '/lost+found').sort()).toEqual(expected.sort());
    for (const [path, file] of ext4.files) {
      if (path === '/lost+found') continue;
      const there = lstatSync(join(tree, path));
      const { mode, uid, gid, links } = file.inode;
      expect([path, mode, uid, gid]).toEqual([path, there.mode & 0o7777, there.uid, there.gid]);
      if (there.isSymbolicLink()) expect(file.target).toBe(readlinkSync(join(tree, path)));
      // With content in inodes, mke2fs 1.47.0 truncates a file with a hole.
      if (!there.isFile() || (path === '/sparse' && words.includes('inline_data,^has_journal'))) continue;
      expect([path, links]).toEqual([path, there.nlink]);
      const whole = Buffer.alloc(file.inode.size);
      for (const { offset, bytes } of ext4.content(file)) bytes.copy(whole, offset);
      expect(whole.equals(readFileSync(join(tree, path))), path).toBe(true);
    }
    expect(ext4.files.get('/large')?.inode.modified).toMatch(/^2024-09-06 00:00:00/);
  });

  it.each(FORMS)('says whose each byte is, and no byte is of two: %s', (_, words) => {
    const path = image(words);
    const ext4 = opened(path);
    let end = 0;
    let free = 0;
    for (const { offset, size, owner } of ext4.regions()) {
      expect([owner, offset >= end]).toEqual([owner, true]);
      free += offset - end;
      end = offset + size;
    }
    free += fileBytes(path).size - end;
    const blockSize = Number(ext4.fields.get('block size'));
    // The boot block, and the block of the inode for the blocks that are reserved for growth.
    expect(free / blockSize - Number(ext4.fields.get('free blocks'))).toBeLessThanOrEqual(3);
    expect(free / blockSize - Number(ext4.fields.get('free blocks'))).toBeGreaterThanOrEqual(0);
  });

  it('agrees with debugfs', () => {
    const path = image(['-t', 'ext4', '-U', '11111111-2222-3333-4444-555555555555', '-L', 'a name']);
    const ext4 = opened(path);
    for (const name of ['/etc/motd', '/large', '/etc/long', '/many']) {
      const { stdout } = diskTool('debugfs', ['-R', `stat ${name}`, path]);
      const inode = ext4.files.get(name)?.inode;
      const [, number, mode, generation, size] =
        /Inode: (\d+) .*Mode: +(\d+) .*Generation: (\d+) .*?Size: (\d+)/s.exec(stdout) ?? [];
      expect([inode?.number, inode?.mode, inode?.generation, inode?.size]).toEqual([
        Number(number),
        Number.parseInt(mode ?? '', 8),
        Number(generation),
        Number(size),
      ]);
    }
    const { stdout } = diskTool('dumpe2fs', ['-h', path]);
    const said = (name: string): string => new RegExp(`^${name}: +(.*)$`, 'm').exec(stdout)?.[1] ?? '';
    expect(ext4.fields.get('UUID')).toBe(said('Filesystem UUID'));
    expect(ext4.fields.get('volume name')).toBe('a name');
    expect(ext4.fields.get('free blocks')).toBe(said('Free blocks'));
    expect(ext4.fields.get('directory hash seed')).toBe(said('Directory Hash Seed'));
    // dumpe2fs uses the old names of these.
    expect(ext4.fields.get('features')?.split(' ').sort()).toEqual(said('Filesystem features').split(' ').sort());
  });

  it('errs in words, and soon, when bytes are others or gone', () => {
    const whole = readFileSync(image(['-t', 'ext4', '-b', '1024'], '16M'));
    const random = makeRandom(20_261_130);
    // Mostly places of tables.
    const places = [2_048, 8_192, 262_144, 2_000_000, whole.byteLength];
    for (let round = 0; round < 200; round += 1) {
      const copy = Buffer.from(whole);
      for (let flip = 0; flip <= round % 3; flip += 1) {
        const at = Math.floor(random() * (places[round % places.length] ?? 0));
        copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      }
      readAll(round % 8 === 0 ? copy.subarray(0, Math.floor(random() * copy.byteLength)) : copy);
    }
  }, 120_000);
});

it('is not seen in what is none', () => {
  expect(readExt4(bytesOf(Buffer.alloc(100)))).toBeUndefined();
  expect(readExt4(bytesOf(Buffer.alloc(100_000)))).toBeUndefined();
});

function readAll(image: Buffer): void {
  const began = Date.now();
  try {
    const ext4 = readExt4(bytesOf(image));
    for (const file of ext4?.files.values() ?? [])
      if (file.inode.type === 'file') for (const _ of ext4?.content(file) ?? []);
    ext4?.regions();
  } catch (error) {
    if (!(error instanceof DamagedImage)) throw error;
    expect(error.message).toMatch(/^[a-z0-9].{10,}/);
  }
  expect(Date.now() - began).toBeLessThan(5_000);
}
