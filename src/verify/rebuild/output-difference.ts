/** What is different in two outputs of one node: disks structure by structure, texts line by line, all else by its first byte. */
import { readFileSync } from 'node:fs';
import type { Outputs } from '../../engine/model/graph.ts';
import { textChange } from '../../query/why/text-change.ts';
import { type DiskDifference, diskDifference, UNKNOWN } from '../diff/disks.ts';
import { openImage } from '../reading/image-bytes.ts';
import { DamagedImage, fileBytes } from '../reading/random-access.ts';

export type Explanation =
  | { readonly type: 'disk'; readonly difference: DiskDifference }
  /** Lines with `-` and `+`. */
  | { readonly type: 'text'; readonly lines: readonly string[] }
  /** Sizes, and the first byte that is another. */
  | { readonly type: 'bytes'; readonly sizes: readonly [number, number]; readonly first: number }
  /** Lists of a folder, or only whether a file may be executed. */
  | { readonly type: 'form' };

type Paths = readonly [before: string, after: string];

const LONGEST_TEXT = 256 << 10;
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
    const before = openImage(paths[0]);
    try {
      const after = openImage(paths[1]);
      try {
        const difference = await diskDifference(before, after);
        // Of what nobody knows, only the number of bytes would be said.
        const isKnown = difference.partitions.some(({ kind }) => kind !== UNKNOWN);
        return isKnown || difference.table.length > 0 ? { type: 'disk', difference } : undefined;
      } finally {
        after.close();
      }
    } finally {
      before.close();
    }
  } catch (error) {
    if (error instanceof DamagedImage) return undefined;
    throw error;
  }
}

async function asTexts(
  before: Outputs[string],
  after: Outputs[string],
  paths: Paths,
): Promise<Explanation | undefined> {
  if (Math.max(before.digest.size, after.digest.size) > LONGEST_TEXT) return undefined;
  const [was = '', is = ''] = paths.map(path => readFileSync(path, 'utf8'));
  if (/[\0\ufffd]/.test(was + is)) return undefined;
  const { diff = [] } = await textChange(was, is);
  return { type: 'text', lines: diff };
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
