/** What tests of readers have in common. Never imported by anything but tests and benches. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { type Bytes, checkRange } from './random-access.ts';

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
