import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedOf, times } from '../../../test/tier.ts';
import { makeRandom } from '../../../test/torture/synthetic-graph.ts';
import { type CpioEntry, packCpio } from '../../formats/cpio.ts';
import { bytesOf, damagedCopies, readThrough, wholeOf, wordsOf } from '../reading/reading-fixtures.ts';
import { isCpio, REST, readCpio } from './cpio-entries.ts';

const lacks = spawnSync('cpio', ['--version']).status !== 0;

describe.skipIf(lacks)('what cpio packs [needs cpio]', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aib-cpio-'));
  const tree = join(folder, 'tree');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(() => {
    mkdirSync(join(tree, 'etc'), { recursive: true });
    writeFileSync(join(tree, 'etc/large'), Buffer.alloc(2_500_001, 'large, '));
    chmodSync(join(tree, 'etc/large'), 0o4750);
    writeFileSync(join(tree, 'é ü'), 'unicode');
    linkSync(join(tree, 'é ü'), join(tree, 'same'));
    symlinkSync(`/${'far/'.repeat(60)}`, join(tree, 'far'));
    utimesSync(join(tree, 'etc/large'), 1_725_580_800, 1_725_580_800);
  });

  it('is what was put there, in the order of the archive', () => {
    const names = ['.', 'etc', 'etc/large', 'far', 'same', 'é ü'];
    const packed = spawnSync('cpio', ['-o', '-H', 'newc', '--quiet'], {
      cwd: tree,
      input: names.map(name => `${name}\n`).join(''),
      maxBuffer: 1 << 24,
    }).stdout;
    const { files } = readCpio(bytesOf(packed));
    expect([...files.keys()]).toEqual(names);
    for (const [path, file] of files) {
      const there = lstatSync(join(tree, path));
      expect([path, file.facts.get('mode')]).toEqual([path, (there.mode & 0o7777).toString(8).padStart(4, '0')]);
      expect(file.facts.get('owner')).toBe(`${there.uid}:${there.gid}`);
    }
    expect(files.get('etc/large')?.facts.get('modified')).toBe('2024-09-06 00:00:00');
    expect(files.get('far')?.facts.get('target')).toBe(`/${'far/'.repeat(60)}`);
    const large = files.get('etc/large');
    expect(large !== undefined && wholeOf(large).equals(readFileSync(join(tree, 'etc/large')))).toBe(true);
  });
});

const ENTRIES: readonly CpioEntry[] = [
  { path: 'init', type: 'file', mode: 0o755, mtime: 5, content: Buffer.from('#!/bin/sh\n') },
  { path: 'dev/null', type: 'character', mode: 0o666, mtime: 5, device: { major: 1, minor: 3 } },
  { path: 'lib', type: 'symlink', mode: 0o777, mtime: 5, linkTarget: 'usr/lib' },
];
const ARCHIVE = packCpio(ENTRIES);

it('an initramfs of two archives and a compressed one has all of their files, and the last as one', () => {
  const early = packCpio([
    { path: 'kernel/microcode', type: 'file', mode: 0o644, mtime: 1, content: Buffer.from('m') },
  ]);
  const packed = gzipSync(ARCHIVE);
  const bytes = Buffer.concat([early, Buffer.alloc(300), ARCHIVE, Buffer.alloc(500), packed]);
  const { files, fields, regions } = readCpio(bytesOf(bytes));
  expect(fields.get('archives')).toBe('2');
  expect([...files.keys()]).toEqual(['kernel/microcode', 'init', 'dev/null', 'lib', REST]);
  expect(files.get('dev/null')?.facts.get('device')).toBe('1:3');
  const rest = files.get(REST);
  expect(rest !== undefined && wholeOf(rest).subarray(-packed.byteLength).equals(packed)).toBe(true);
  const ends = regions().map(({ offset, size }) => offset + size);
  expect(ends).toEqual(ends.toSorted((one, other) => one - other));
  expect(ends.at(-1)).toBe(bytes.byteLength);
});

/** The archive with another number in one field of the first header. */
function withField(field: number, digits: string): Buffer {
  const copy = Buffer.from(ARCHIVE);
  copy.write(digits, 6 + field * 8, 'latin1');
  return copy;
}

it.each([
  ['a file of 4 GiB', withField(6, 'FFFFFFFF'), /extends beyond its end/],
  ['a name of 4 GiB', withField(11, 'FFFFFFFF'), /length: 4294967295 bytes/],
  ['a name of no bytes', withField(11, '00000000'), /length: 0 bytes/],
  ['no end', ARCHIVE.subarray(0, -124), /no entry header found/],
])('an archive with %s is refused', async (_, bytes, words) => {
  expect(await wordsOf(() => readCpio(bytesOf(bytes)))).toMatch(words);
});

it('is not seen in what is none', () => {
  expect([Buffer.alloc(200), Buffer.from('070701'), Buffer.from('text')].some(isCpio)).toBe(false);
});

it('errs in words when bytes are others or gone', async () => {
  const random = makeRandom(seedOf('damaged cpio archives', 20_261_202));
  let refused = 0;
  for (const copy of damagedCopies(ARCHIVE, random, 600 * times)) {
    if (!isCpio(copy)) continue;
    const words = await wordsOf(() => readThrough(readCpio(bytesOf(copy))));
    if (words === undefined) continue;
    refused += 1;
    expect(words).toMatch(/archive/);
  }
  expect(refused).toBeGreaterThan(50 * times);
});
