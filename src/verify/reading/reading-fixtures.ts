/** Common helpers for tests of readers. Must only be imported by tests and benches. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { type Bytes, checkRange, DamagedImage } from './random-access.ts';
import type { Volume, VolumeFile } from './volume.ts';

export function bytesOf(image: Buffer): Bytes {
  return {
    size: image.byteLength,
    read: (offset, length) => {
      checkRange(offset, length, image.byteLength);
      return Buffer.from(image.subarray(offset, offset + length));
    },
  };
}

/** Runs a program for disks, which may be in a folder that is missing in a user's PATH. */
export function diskTool(
  program: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): SpawnSyncReturns<string> {
  const env = { ...process.env, ...environment, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  return spawnSync(program, words, { env, encoding: 'utf8' });
}

/** Copies of a file with some flipped bits, most of them in the first `header` bytes; every fourth copy is also truncated. */
export function* damagedCopies(
  whole: Buffer,
  random: () => number,
  rounds: number,
  header = whole.byteLength,
): Generator<Buffer> {
  for (let round = 0; round < rounds; round += 1) {
    const copy = Buffer.from(whole.subarray(0, round % 4 === 0 ? Math.floor(random() * whole.byteLength) : undefined));
    for (let flip = 0; flip <= round % 3 && copy.byteLength > 0; flip += 1) {
      const at = Math.floor(random() * Math.min(round % 5 === 0 ? copy.byteLength : header, copy.byteLength));
      copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    }
    yield copy;
  }
}

/** The message for damaged data; undefined if it can be read. */
export async function wordsOf(use: () => unknown): Promise<string | undefined> {
  try {
    await use();
    return undefined;
  } catch (error) {
    if (error instanceof DamagedImage) return error.message;
    throw error;
  }
}

/** The whole file, read in the same way as for a comparison. */
export function wholeOf({ size, content }: VolumeFile): Buffer {
  const whole = Buffer.alloc(size);
  for (const { offset, bytes } of content?.() ?? []) bytes.copy(whole, offset);
  return whole;
}

/** Reads everything in a volume. */
export function readThrough({ files, regions }: Volume): void {
  for (const { content } of files.values()) for (const _ of content?.() ?? []);
  regions();
}
