/** What tests of readers have in common. Never imported by anything but tests and benches. */
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

/** A program for disks, which may lie where a user's PATH does not lead. */
export function diskTool(
  program: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): SpawnSyncReturns<string> {
  const env = { ...process.env, ...environment, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  return spawnSync(program, words, { env, encoding: 'utf8' });
}

/** Copies of a file with some bits turned, of which every fourth is cut off, too; most of them in the first `header` bytes. */
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

/** What is said of something that is damaged; undefined if it can be read. */
export async function wordsOf(use: () => unknown): Promise<string | undefined> {
  try {
    await use();
    return undefined;
  } catch (error) {
    if (error instanceof DamagedImage) return error.message;
    throw error;
  }
}

/** All of a file, as who compares it reads it. */
export function wholeOf({ size, content }: VolumeFile): Buffer {
  const whole = Buffer.alloc(size);
  for (const { offset, bytes } of content?.() ?? []) bytes.copy(whole, offset);
  return whole;
}

/** Reads all that a volume has. */
export function readThrough({ files, regions }: Volume): void {
  for (const { content } of files.values()) for (const _ of content?.() ?? []);
  regions();
}
