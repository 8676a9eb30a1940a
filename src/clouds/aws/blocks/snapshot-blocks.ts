/**
 * A disk in the format of EBS: blocks of 512 KiB, each with its SHA-256. A snapshot has the non-zero blocks, or those that differ from its
 * parent. Never skips a block of zeros if the parent has data there.
 */
import { createHash } from 'node:crypto';
import type { Disk } from '../../../formats/raw.ts';
import { digestOf } from '../../../store/content/digest.ts';

export const SNAPSHOT_BLOCK = 512 << 10;
const GIB = 2 ** 30;

/** SHA-256 in hex by block number, in order. Missing blocks are zeros. */
export type BlockList = ReadonlyMap<number, string>;

export interface SnapshotBlock {
  readonly index: number;
  /** Always a whole block, also at the end of the disk. */
  readonly bytes: Uint8Array;
  readonly hash: string;
}

const ZEROS = new Uint8Array(SNAPSHOT_BLOCK);
const ZERO_HASH = digestOf(ZEROS).hash;

/** The non-zero blocks. */
export async function* snapshotBlocks(disk: Disk): AsyncGenerator<SnapshotBlock> {
  for await (const { offset, bytes } of disk.blocks(SNAPSHOT_BLOCK)) {
    const whole = bytes.byteLength === SNAPSHOT_BLOCK ? bytes : filledUp(bytes);
    yield { index: offset / SNAPSHOT_BLOCK, bytes: whole, hash: digestOf(whole).hash };
  }
}

/** The last block of a disk may be short. */
function filledUp(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(SNAPSHOT_BLOCK);
  whole.set(bytes);
  return whole;
}

export async function blockListOf(disk: Disk): Promise<BlockList> {
  const list = new Map<number, string>();
  for await (const { index, hash } of snapshotBlocks(disk)) list.set(index, hash);
  return list;
}

/** The blocks that a snapshot with this parent requires, in order. */
export async function* changedBlocks(disk: Disk, parent: BlockList): AsyncGenerator<SnapshotBlock> {
  const left = [...parent.keys()].sort((one, other) => one - other);
  const zerosBefore = function* (index: number): Generator<SnapshotBlock> {
    for (let next = left[0]; next !== undefined && next < index; next = left[0]) {
      left.shift();
      yield { index: next, bytes: ZEROS, hash: ZERO_HASH };
    }
  };
  for await (const block of snapshotBlocks(disk)) {
    yield* zerosBefore(block.index);
    if (left[0] === block.index) left.shift();
    if (parent.get(block.index) !== block.hash) yield block;
  }
  yield* zerosBefore(Number.POSITIVE_INFINITY);
}

/** EBS's linear checksum of all sent blocks, in the order of their numbers: the SHA-256 of their SHA-256s, in base64. */
export function linearChecksum(blocks: Iterable<readonly [index: number, hash: string]>): string {
  const hash = createHash('sha256');
  for (const [, each] of [...blocks].sort(([one], [other]) => one - other)) hash.update(Buffer.from(each, 'hex'));
  return hash.digest('base64');
}

/** A volume has whole GiB. */
export function volumeGib(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / GIB));
}
