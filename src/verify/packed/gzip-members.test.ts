import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { seedOf, times } from '../../../test/tier.ts';
import { makeRandom } from '../../../test/torture/synthetic-graph.ts';
import { noise } from '../../formats/fixtures.ts';
import { bytesOf, damagedCopies, readThrough, wholeOf, wordsOf } from '../reading/reading-fixtures.ts';
import type { VolumeFile } from '../reading/volume.ts';
import { readGzip } from './gzip-members.ts';
import { Scratch } from './scratch.ts';
import { UNPACKED } from './unpacking.ts';

const lacks = spawnSync('gzip', ['--version']).status !== 0;
const folder = mkdtempSync(join(tmpdir(), 'aib-gzip-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function opened(packed: Buffer, scratch = new Scratch()) {
  const volume = await readGzip(bytesOf(packed), scratch);
  const files = [...volume.files.values()].map((file: VolumeFile) => [file.path, wholeOf(file)] as const);
  volume.close?.();
  return { fields: volume.fields, files: new Map(files) };
}

describe.skipIf(lacks)('what gzip packs [needs gzip]', () => {
  it('has its name and time, and comes back', async () => {
    const path = join(folder, 'a name');
    const content = Buffer.concat([Buffer.alloc(3_000_000, 'text '), noise(100_000)]);
    writeFileSync(path, content);
    utimesSync(path, 1_725_580_800, 1_725_580_800);
    expect(spawnSync('gzip', ['-N9', path]).status).toBe(0);
    const { fields, files } = await opened(readFileSync(`${path}.gz`));
    expect(fields.get('name')).toBe('a name');
    expect(fields.get('modified')).toBe('2024-09-06 00:00:00');
    expect([...files.keys()]).toEqual([UNPACKED]);
    expect(files.get(UNPACKED)?.equals(content)).toBe(true);
  });
});

it('members that follow one another come back as one, and what follows them by itself', async () => {
  const parts = ['signature', 'control', 'data'].map(text => gzipSync(text));
  const { fields, files } = await opened(Buffer.concat([...parts, Buffer.from('more')]));
  expect(fields.get('members')).toBe('3');
  expect(fields.get('modified of member 3')).toBe('none');
  expect([...files].map(([path, bytes]) => [path, bytes.toString()])).toEqual([
    [UNPACKED, 'signaturecontroldata'],
    ['data after the last member', 'more'],
  ]);
});

describe('bounds', () => {
  const bomb = gzipSync(Buffer.alloc(20 << 20));

  it('a bomb is given up at the bound for one file, in words', async () => {
    const words = await wordsOf(() => opened(bomb, new Scratch({ one: 1 << 20, all: 100 << 20 })));
    expect(words).toBe('it has more than 1048576 unpacked bytes, which is the limit');
  });

  it('many small ones are given up at the bound for all together', async () => {
    const scratch = new Scratch({ one: 30 << 20, all: 50 << 20 });
    await opened(bomb, scratch);
    await opened(bomb, scratch);
    expect(await wordsOf(() => opened(bomb, scratch))).toMatch(
      /^it would exceed the total limit of 52428800 unpacked bytes/,
    );
  });

  it('nothing of a bomb is read once it is given up', async () => {
    const bytes = bytesOf(gzipSync(noise(40 << 20), { level: 0 }));
    let isGivenUp = false;
    const watched = {
      size: bytes.size,
      read: (offset: number, length: number) => {
        if (isGivenUp) throw new Error('read after the end');
        return bytes.read(offset, length);
      },
    };
    const words = await wordsOf(() => readGzip(watched, new Scratch({ one: 1 << 20, all: 1 << 30 })));
    isGivenUp = true;
    expect(words).toMatch(/^it has more than 1048576 unpacked bytes/);
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)));
  });

  it('very many small files are given up, too', async () => {
    const scratch = new Scratch({ one: 1 << 20, all: 1 << 20 });
    const keepAll = async (): Promise<void> => {
      for (let round = 0; round < 17; round += 1) (await scratch.keep([], 1)).close();
    };
    expect(await wordsOf(keepAll)).toMatch(/^it would exceed the total limit of 1048576 unpacked bytes/);
  });

  it('a file of a few bytes that says that it is large is not copied', async () => {
    const scratch = new Scratch();
    expect(await wordsOf(() => scratch.keep([], 2 ** 40))).toMatch(/^it has more than 1073741824 unpacked bytes/);
  });

  it('more members than can be are refused', async () => {
    const many = Buffer.concat(Array.from({ length: 20_001 }, () => gzipSync('')));
    expect(await wordsOf(() => opened(many))).toBe('it has more than 20000 gzip members');
  }, 120_000);
});

it(
  'errs in words when bytes are others or gone',
  async () => {
    const whole = Buffer.concat([gzipSync(Buffer.alloc(50_000, 'text ')), gzipSync(noise(2_000))]);
    const random = makeRandom(seedOf('damaged gzip files', 20_261_201));
    let refused = 0;
    for (const copy of damagedCopies(whole, random, 300 * times)) {
      const words = await wordsOf(async () => {
        const volume = await readGzip(bytesOf(copy), new Scratch());
        readThrough(volume);
        volume.close?.();
      });
      if (words === undefined) continue;
      refused += 1;
      expect(words).toMatch(/gzip|compressed data|a reference to byte/);
    }
    expect(refused).toBeGreaterThan(100 * times);
  },
  120_000 * times,
);
