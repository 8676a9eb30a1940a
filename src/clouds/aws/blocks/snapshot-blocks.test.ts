import { createHash } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import type { Disk } from '../../../formats/raw.ts';
import {
  type BlockList,
  blockListOf,
  changedBlocks,
  linearChecksum,
  SNAPSHOT_BLOCK,
  type SnapshotBlock,
  snapshotBlocks,
  volumeGib,
} from './snapshot-blocks.ts';

/** A letter for each block, a dot for zeros; the last one may be half a block. */
function diskOf(letters: string, last = SNAPSHOT_BLOCK): Disk {
  const bytesOf = (letter: string, index: number): Uint8Array =>
    new Uint8Array(index === letters.length - 1 ? last : SNAPSHOT_BLOCK).fill(letter.charCodeAt(0));
  return {
    size: async () => (letters.length - 1) * SNAPSHOT_BLOCK + last,
    async *blocks(size) {
      expect(size).toBe(SNAPSHOT_BLOCK);
      for (const [index, letter] of [...letters].entries())
        if (letter !== '.') yield { offset: index * SNAPSHOT_BLOCK, bytes: bytesOf(letter, index) };
    },
  };
}

async function sent(disk: Disk, parent: BlockList): Promise<string> {
  const found: string[] = [];
  for await (const { index, bytes, hash } of changedBlocks(disk, parent)) {
    expect(bytes.byteLength).toBe(SNAPSHOT_BLOCK);
    expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
    found.push(`${index}${bytes[0] === 0 ? '.' : String.fromCharCode(bytes[0] ?? 0)}`);
  }
  return found.join(' ');
}

test('a snapshot has the blocks that are not zeros, the last one filled up', async () => {
  const blocks: SnapshotBlock[] = [];
  for await (const block of snapshotBlocks(diskOf('a.b', 1_000))) blocks.push(block);
  expect(blocks.map(({ index, bytes }) => [index, bytes.byteLength, bytes[999], bytes[1_000]])).toEqual([
    [0, SNAPSHOT_BLOCK, 97, 97],
    [2, SNAPSHOT_BLOCK, 98, 0],
  ]);
  expect([...(await blockListOf(diskOf('a.b', 1_000)))].map(([index]) => index)).toEqual([0, 2]);
});

describe('on a parent, what is sent', () => {
  it.each([
    ['nothing of the same disk', 'ab.c', 'ab.c', ''],
    ['all without a parent', 'a.b', '', '0a 2b'],
    ['what is another, and nothing else', 'abcd', 'abXd', '2c'],
    ['zeros where there was data', 'a..d', 'abcd', '1. 2.'],
    ['zeros behind the last block', 'a', 'abc', '1. 2.'],
    ['zeros before the first one', '..c', 'abc', '0. 1.'],
    ['all of it in order', 'x.z.w', '.yz.v', '0x 1. 4w'],
    ['zeros alone', '...', 'a.c', '0. 2.'],
  ])('is %s', async (_, own, parent, expected) => {
    expect(await sent(diskOf(own), await blockListOf(diskOf(parent)))).toBe(expected);
  });
});

test('the checksum is that of the checksums, by number and not by time', () => {
  const hash = (letter: string) => createHash('sha256').update(letter).digest('hex');
  const expected = createHash('sha256')
    .update(Buffer.from(hash('a') + hash('b') + hash('c'), 'hex'))
    .digest('base64');
  expect(
    linearChecksum([
      [10, hash('c')],
      [0, hash('a')],
      [2, hash('b')],
    ]),
  ).toBe(expected);
});

test('a volume has whole GiB, and one at least', () => {
  expect([0, 1, 2 ** 30, 2 ** 30 + 1].map(volumeGib)).toEqual([1, 1, 1, 2]);
});
