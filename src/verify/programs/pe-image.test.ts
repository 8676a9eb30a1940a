import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { seedOf, times } from '../../../test/tier.ts';
import { makeRandom } from '../../../test/torture/synthetic-graph.ts';
import { noise } from '../../formats/fixtures.ts';
import { bytesOf, damagedCopies, diskTool, readThrough, wholeOf, wordsOf } from '../reading/reading-fixtures.ts';
import { peProgram } from './pe-fixtures.ts';
import { isPe, readPe } from './pe-image.ts';

const SECTIONS = [
  { name: '.text', bytes: noise(600) },
  { name: '.data', bytes: Buffer.from('data') },
];

it('has its time, its checksum, and its sections by name', () => {
  const program = peProgram(SECTIONS, 1_725_580_800, 0xabcd);
  expect(isPe(program)).toBe(true);
  const { fields, files } = readPe(bytesOf(program));
  expect([fields.get('TimeDateStamp'), fields.get('CheckSum')]).toEqual(['2024-09-06 00:00:00', '0xabcd']);
  expect([...files.values()].map(file => [file.path, wholeOf(file)])).toEqual(
    SECTIONS.map(({ name, bytes }) => [name, bytes]),
  );
});

it('names the owner of each byte, including data after the sections', () => {
  const program = Buffer.concat([peProgram(SECTIONS, 0, 0), Buffer.from('signature')]);
  const regions = readPe(bytesOf(program)).regions();
  expect(regions.map(({ owner }) => owner)).toEqual(['header', '.text', '.data', 'data after the sections']);
  expect(regions.reduce((sum, { size }) => sum + size, 0)).toBe(program.byteLength);
});

it('keeps two sections of one name apart', () => {
  const twice = [...SECTIONS, { name: '.text', bytes: Buffer.from('more') }];
  expect([...readPe(bytesOf(peProgram(twice, 0, 0))).files.keys()]).toEqual(['.text', '.data', '.text (section 3)']);
});

describe('what cannot be', () => {
  const changed = (at: number, value: number, bytes: 2 | 4): Buffer => {
    const program = peProgram(SECTIONS, 0, 0);
    program.writeUIntLE(value, at, bytes);
    return program;
  };

  it.each([
    ['65,535 sections', changed(64 + 6, 0xffff, 2), /number of sections: 65535/],
    ['sections beyond its end', changed(64 + 6, 900, 2), /table of 900 sections extends beyond its end/],
    ['a section of 4 GiB', changed(64 + 24 + 70 + 16, 0xffffffff, 4), /section \.text extends beyond its end/],
    ['a section far away', changed(64 + 24 + 70 + 20, 0xffffff00, 4), /section \.text extends beyond its end/],
  ])('a program with %s is refused', async (_, program, words) => {
    expect(await wordsOf(() => readPe(bytesOf(program)))).toMatch(words);
  });

  it('is told in words, whatever bytes are others or gone', async () => {
    const random = makeRandom(seedOf('damaged PE programs', 20_261_203));
    let refused = 0;
    for (const copy of damagedCopies(peProgram(SECTIONS, 0, 0), random, 600 * times, 240)) {
      if (!isPe(copy)) continue;
      const words = await wordsOf(() => readThrough(readPe(bytesOf(copy))));
      if (words !== undefined) refused += 1;
      expect(words ?? 'its bytes').toMatch(/its|number of sections|a reference to byte/);
    }
    expect(refused).toBeGreaterThan(50 * times);
  });
});

const lacks = diskTool('objdump', ['--version']).status !== 0;

describe.skipIf(lacks)('objdump agrees [needs objdump]', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aib-pe-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('on the sections of a program that objcopy made', context => {
    const [source, program] = [join(folder, 'source'), join(folder, 'program.efi')];
    writeFileSync(source, noise(5_000));
    const words = [
      '-I',
      'binary',
      '-O',
      'pei-x86-64',
      '-B',
      'i386:x86-64',
      '--rename-section',
      '.data=.text',
      source,
      program,
    ];
    const made = diskTool('objcopy', words);
    if (made.status !== 0) context.skip(`objcopy makes no PE here: ${made.stderr}`);
    const { stdout } = diskTool('objdump', ['-h', program]);
    const said = [...stdout.matchAll(/^ +\d+ (\S+) +([0-9a-f]+) +[0-9a-f]+ +[0-9a-f]+ +([0-9a-f]+)/gm)];
    const { files } = readPe(bytesOf(readFileSync(program)));
    expect(said.length).toBeGreaterThan(0);
    expect(
      [...files.values()].slice(0, said.length).map(({ path, facts }) => [path, facts.get('place in the file')]),
    ).toEqual(said.map(([, name, , place]) => [name, String(Number.parseInt(place ?? '', 16))]));
  });
});
