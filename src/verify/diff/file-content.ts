/** The content of files in volumes: comparison, and access to the bytes. Never keeps more of a file in memory than the caller requests. */
import type { Piece } from '../reading/random-access.ts';
import type { VolumeFile } from '../reading/volume.ts';

/** Compares pieces at the same place; a piece that exists on one side only is compared with zeros. */
export function sameContent(before: VolumeFile, after: VolumeFile): boolean {
  if (before.content === undefined || after.content === undefined) return before.content === after.content;
  if (before.size !== after.size) return false;
  const [left, right] = [before.content(), after.content()];
  let [one, two] = [left.next(), right.next()];
  while (one.done !== true || two.done !== true) {
    const [a, b]: readonly (Piece | undefined)[] = [
      one.done === true ? undefined : one.value,
      two.done === true ? undefined : two.value,
    ];
    const offset = Math.min(a?.offset ?? Number.POSITIVE_INFINITY, b?.offset ?? Number.POSITIVE_INFINITY);
    const [mine, others] = [a?.offset === offset ? a : undefined, b?.offset === offset ? b : undefined];
    if (!sameBytes(mine?.bytes, others?.bytes)) return false;
    if (mine !== undefined) one = left.next();
    if (others !== undefined) two = right.next();
  }
  return true;
}

function sameBytes(one: Buffer | undefined, two: Buffer | undefined): boolean {
  if (one !== undefined && two !== undefined) return one.equals(two);
  return (one ?? two)?.every(byte => byte === 0) ?? true;
}

/** The first `length` bytes, or all if there are fewer. */
export function startOf({ size, content }: VolumeFile, length: number): Buffer {
  const start = Buffer.alloc(Math.min(size, length));
  for (const { offset, bytes } of content?.() ?? []) {
    if (offset >= start.byteLength) break;
    bytes.copy(start, offset);
  }
  return start;
}

/** Undefined if it is longer than `longest`, or not a text. */
export function textOf(file: VolumeFile, longest: number): string | undefined {
  if (file.size > longest) return undefined;
  const text = startOf(file, longest).toString('utf8');
  return text.includes('\0') || text.includes('\ufffd') ? undefined : text;
}
