/** The differences of two outputs of one node: disks by structure, texts by line, everything else by the first different byte. */
import { readFileSync } from 'node:fs';
import type { Outputs } from '../../engine/model/graph.ts';
import { type DiskDifference, imageDifference } from '../diff/disks.ts';
import { UNKNOWN } from '../diff/open-disk.ts';
import { textDifference } from '../diff/text-difference.ts';
import { DamagedImage, fileBytes } from '../reading/random-access.ts';

export type Explanation =
  | { readonly type: 'disk'; readonly difference: DiskDifference }
  /** Lines with `-` and `+`. */
  | { readonly type: 'text'; readonly lines: readonly string[] }
  /** Sizes, and the offset of the first different byte. */
  | { readonly type: 'bytes'; readonly sizes: readonly [number, number]; readonly first: number }
  /** The entries of a folder, or only the executable bit of a file. */
  | { readonly type: 'form' };

type Paths = readonly [before: string, after: string];

const WINDOW = 1 << 20;

export async function explainDifference(
  before: Outputs[string],
  after: Outputs[string],
  paths: Paths,
): Promise<Explanation> {
  if (before.type !== 'file' || after.type !== 'file' || before.digest.hash === after.digest.hash)
    return { type: 'form' };
  return (await asDisks(paths)) ?? (await asTexts(before, after, paths)) ?? asBytes(paths);
}

async function asDisks(paths: Paths): Promise<Explanation | undefined> {
  try {
    const difference = await imageDifference(...paths);
    // For unknown content, only the number of different bytes would be reported.
    const isKnown = difference.partitions.some(({ kind }) => kind !== UNKNOWN);
    return isKnown || difference.table.length > 0 ? { type: 'disk', difference } : undefined;
  } catch (error) {
    if (error instanceof DamagedImage) return undefined;
    throw error;
  }
}

async function asTexts(
  before: Outputs[string],
  after: Outputs[string],
  [was, is]: Paths,
): Promise<Explanation | undefined> {
  const lines = await textDifference(
    { size: before.digest.size, read: () => readFileSync(was) },
    { size: after.digest.size, read: () => readFileSync(is) },
  );
  return lines === undefined ? undefined : { type: 'text', lines };
}

function asBytes(paths: Paths): Explanation {
  const [before, after] = [fileBytes(paths[0]), fileBytes(paths[1])];
  try {
    const size = Math.min(before.size, after.size);
    const sizes = [before.size, after.size] as const;
    for (let offset = 0; offset < size; offset += WINDOW) {
      const length = Math.min(WINDOW, size - offset);
      const [one, two] = [before.read(offset, length), after.read(offset, length)];
      if (!one.equals(two))
        return { type: 'bytes', sizes, first: offset + one.findIndex((byte, at) => byte !== two[at]) };
    }
    return { type: 'bytes', sizes, first: size };
  } finally {
    before.close();
    after.close();
  }
}
