import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ABSENT, ROW, type StatTuple, statNumbers } from '../content/stat-tuple.ts';
import { decodeSnapshot, encodeSnapshot, type SnapshotContents } from './snapshot-file.ts';

const tuples = fc.oneof(
  fc.constant(ABSENT),
  fc
    .tuple(fc.bigInt(0n, 2n ** 64n - 1n), fc.nat(), fc.bigInt(-(10n ** 18n), 10n ** 19n), fc.bigInt(0n, 10n ** 19n))
    .map(facts => facts.join(':') as StatTuple),
);
const paths = fc.string({ unit: 'grapheme', minLength: 1 }).map(name => `/${name.replaceAll('\0', '')}`);
const contents: fc.Arbitrary<SnapshotContents> = fc.record({
  command: fc.array(fc.string({ unit: 'grapheme' })),
  files: fc.array(fc.tuple(paths, tuples)).map(files => new Map(files)),
  result: fc.jsonValue(),
});
const small = Buffer.from(
  encodeSnapshot({
    command: ['build', '//x'],
    files: new Map([
      ['/a', '1:2:3000000:4000000' as StatTuple],
      ['/gone', ABSENT],
    ]),
    result: { nodes: 1, lines: ['/ä'] },
  }),
);

function decodeOrNot(bytes: Buffer) {
  try {
    return decodeSnapshot(bytes);
  } catch {
    return undefined;
  }
}

describe('a snapshot', () => {
  test('gives back what was put in: numbers where they are exact, tuples else', () => {
    fc.assert(
      fc.property(contents, given => {
        const view = decodeSnapshot(Buffer.from(encodeSnapshot(given)));
        const files = view?.paths.map((path, index) => [path, [...view.rows.subarray(index * ROW, (index + 1) * ROW)]]);
        const all = [...given.files].map(([path, tuple]) => ({ path, tuple, numbers: statNumbers(tuple) }));
        expect(files).toEqual(all.flatMap(({ path, numbers }) => (numbers === undefined ? [] : [[path, numbers]])));
        expect(view?.others).toEqual(all.flatMap(({ path, tuple, numbers }) => (numbers ? [] : [[path, tuple]])));
        expect(view?.command).toEqual(given.command);
        expect(JSON.stringify(view?.result)).toBe(JSON.stringify(given.result));
      }),
    );
  });

  test('is none if any one byte outside of its rows and paths is another', () => {
    expect(decodeSnapshot(small)).toBeDefined();
    const json = small.indexOf('{');
    for (let index = 0; index < small.byteLength; index += 1) {
      if (index >= 16 && index < json) continue;
      for (const flip of [0x01, 0x20, 0x80, 0xff]) {
        const damaged = Buffer.from(small);
        damaged[index] = (damaged[index] ?? 0) ^ flip;
        expect(decodeOrNot(damaged), `byte ${index} ^ ${flip}`).toBeUndefined();
      }
    }
  });

  test('is none if it was cut short anywhere, or goes on', () => {
    for (let length = 0; length < small.byteLength; length += 1) {
      expect(decodeOrNot(small.subarray(0, length)), `${length} bytes`).toBeUndefined();
      // A file after a power cut: its length was written, but not its content.
      const zeros = Buffer.alloc(small.byteLength - length);
      expect(decodeOrNot(Buffer.concat([small.subarray(0, length), zeros]))).toBeUndefined();
    }
    expect(decodeOrNot(Buffer.concat([small, Buffer.alloc(1)]))).toBeUndefined();
    expect(decodeOrNot(Buffer.alloc(small.byteLength))).toBeUndefined();
  });

  test('is read wherever it lies in memory: small files share a buffer with others', () => {
    for (let shift = 0; shift < 8; shift += 1) {
      const shifted = Buffer.concat([Buffer.alloc(shift), small]).subarray(shift);
      expect(decodeSnapshot(shifted)?.paths).toEqual(['/a']);
    }
  });
});
