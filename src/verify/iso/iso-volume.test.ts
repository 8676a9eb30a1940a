import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedOf, times } from '../../../test/tier.ts';
import { makeRandom } from '../../../test/torture/synthetic-graph.ts';
import { writeIso } from '../../formats/iso9660.ts';
import { bytesOf, damagedCopies, readThrough, wholeOf, wordsOf } from '../reading/reading-fixtures.ts';
import { longTime, shortTime } from './iso-records.ts';
import { isIso, readIso } from './iso-volume.ts';

const folder = mkdtempSync(join(tmpdir(), 'aib-iso-volume-'));
const tree = join(folder, 'tree');
const own = join(folder, 'own.iso');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const LARGE = Buffer.alloc(1_500_001, 'large ');
const NAME = `a-${'name-that-is-long-'.repeat(8)}`;

beforeAll(async () => {
  mkdirSync(join(tree, 'boot/deep/er'), { recursive: true });
  writeFileSync(join(tree, 'boot/large'), LARGE, { mode: 0o640 });
  writeFileSync(join(tree, 'boot/deep/er', NAME), 'long name');
  symlinkSync(`/${'far/'.repeat(40)}end`, join(tree, 'link'));
  utimesSync(join(tree, 'boot/large'), 1_725_580_800, 1_725_580_800);
  const source = { bytes: Buffer.from('content') };
  const entries = Array.from({ length: 40 }, (_, at) => ({ path: `folder/file-${at}`, type: 'file', source }) as const);
  await writeIso(own, [...entries, { path: 'link', type: 'symlink', target: 'folder/file-1' }], {
    volumeId: 'aib test',
    time: 1_725_580_800,
  });
});

const MAKERS = ['xorriso', 'genisoimage'].map(
  program => [program, program === 'xorriso' ? ['-as', 'mkisofs'] : []] as const,
);

describe.each(MAKERS)('what %s writes', (program, words) => {
  const lacks = spawnSync(program, ['-version']).error !== undefined;

  it('has the files that were put there', context => {
    if (lacks) context.skip(`no ${program} here`);
    const path = join(folder, `${program}.iso`);
    const made = spawnSync(program, [...words, '-quiet', '-R', '-V', 'A VOLUME', '-o', path, tree]);
    expect([made.status, String(made.stderr)]).toEqual([0, expect.any(String)]);
    const bytes = bytesOf(readFileSync(path));
    expect(isIso(bytes)).toBe(true);
    const { fields, files } = readIso(bytes);
    expect(fields.get('volume name')).toBe('A VOLUME');
    expect([...files.keys()].sort()).toEqual(
      ['/boot', '/boot/deep', '/boot/deep/er', `/boot/deep/er/${NAME}`, '/boot/large', '/link'].sort(),
    );
    const large = files.get('/boot/large');
    expect(large !== undefined && wholeOf(large).equals(LARGE)).toBe(true);
    expect(large?.facts.get('mode')).toBe('0640');
    expect(large?.facts.get('modified')).toMatch(/^2024-09-06 00:00:00/);
    expect(files.get('/link')?.facts.get('target')).toBe(`/${'far/'.repeat(40)}end`);
  });
});

it('reads what aib writes, and says whose the bytes are', () => {
  const bytes = bytesOf(readFileSync(own));
  const { files, regions } = readIso(bytes);
  expect(files.size).toBe(42);
  const owners = regions().map(({ owner }) => owner);
  expect(owners.slice(0, 3)).toEqual(['system area', 'volume descriptors', 'folder /']);
  expect(owners).toContain('/folder/file-39');
});

it('tells times as they are, with their zone', () => {
  expect(shortTime(Buffer.from([124, 9, 6, 12, 30, 5, 8]))).toBe('2024-09-06 12:30:05 +02:00');
  expect(longTime(Buffer.from('2024090612300599\0', 'latin1'))).toBe('2024-09-06 12:30:05.99');
  expect(longTime(Buffer.from(`${'0'.repeat(16)}\0`))).toBe('none');
});

describe('what cannot be', () => {
  /** The places of the root directory, and of its first record after `.` and `..`. */
  const places = () => {
    const image = readFileSync(own);
    const root = image.readUInt32LE(16 * 2_048 + 158) * 2_048;
    const first = root + (image[root] ?? 0) + (image[root + (image[root] ?? 0)] ?? 0);
    return { image, root, first };
  };

  it('a folder that contains itself is refused', async () => {
    const { image, root, first } = places();
    expect((image[first + 25] ?? 0) & 2).toBe(2);
    image.writeUInt32LE(root / 2_048, first + 2);
    expect(await wordsOf(() => readIso(bytesOf(image)))).toBe('the folder /folder/ appears twice, or contains itself');
  });

  it('a folder of 4 GiB is refused', async () => {
    const { image, first } = places();
    image.writeUInt32LE(0xffffffff, first + 10);
    expect(await wordsOf(() => readIso(bytesOf(image)))).toMatch(/^(a reference to byte|its directories have)/);
  });

  it('is told in words, whatever bytes are others or gone', { timeout: 60_000 * times }, async () => {
    const { image, root } = places();
    const random = makeRandom(seedOf('damaged ISO images', 20_261_204));
    const tables = image.subarray(16 * 2_048);
    let refused = 0;
    for (const copy of damagedCopies(tables, random, 300 * times, root - 16 * 2_048 + 8_192)) {
      const bytes = bytesOf(Buffer.concat([image.subarray(0, 16 * 2_048), copy]));
      if (!isIso(bytes)) continue;
      const words = await wordsOf(() => readThrough(readIso(bytes)));
      if (words !== undefined) refused += 1;
      expect(words ?? 'its bytes').toMatch(/its|it has|a reference to byte|directory|folder|name|block size/);
    }
    expect(refused).toBeGreaterThan(20 * times);
  });
});
