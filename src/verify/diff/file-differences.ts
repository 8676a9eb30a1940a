/** Which files of two volumes are different, and in what. */
import type { Piece } from '../reading/random-access.ts';
import { textDifference } from './text-difference.ts';
import type { Volume, VolumeFile } from './volume.ts';

export interface FactChange {
  readonly name: string;
  /** Undefined where there is none. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface FileDifference {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly facts: readonly FactChange[];
  /** Of what is in both, and holds something else. */
  readonly content?: {
    readonly sizes: readonly [before: number, after: number];
    /** Lines, of short texts. */
    readonly text?: readonly string[];
  };
}

/** In order of path. */
export async function fileDifferences(before: Volume, after: Volume): Promise<readonly FileDifference[]> {
  const paths = [...new Set([...before.files.keys(), ...after.files.keys()])].sort();
  const differences: FileDifference[] = [];
  for (const path of paths) {
    const [was, is] = [before.files.get(path), after.files.get(path)];
    if (was === undefined || is === undefined) {
      differences.push({ path, change: was === undefined ? 'added' : 'removed', facts: [] });
      continue;
    }
    const facts = factChanges(was.facts, is.facts);
    const content = sameContent(was, is) ? undefined : await contentChange(was, is);
    if (facts.length > 0 || content !== undefined)
      differences.push({ path, change: 'changed', facts, ...(content === undefined ? {} : { content }) });
  }
  return differences;
}

export function factChanges(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly FactChange[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap(name => {
    const [was, is] = [before.get(name), after.get(name)];
    return was === is ? [] : [{ name, before: was, after: is }];
  });
}

/** Pieces are compared by their places; what only one side has written is compared with zeros. */
function sameContent(before: VolumeFile, after: VolumeFile): boolean {
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

async function contentChange(before: VolumeFile, after: VolumeFile): Promise<FileDifference['content']> {
  const sizes = [before.size, after.size] as const;
  const { content: was } = before;
  const { content: is } = after;
  if (was === undefined || is === undefined) return { sizes };
  const text = await textDifference(
    { size: before.size, read: () => whole(before.size, was()) },
    { size: after.size, read: () => whole(after.size, is()) },
  );
  return { sizes, ...(text === undefined ? {} : { text }) };
}

function whole(size: number, pieces: Generator<Piece>): Buffer {
  const bytes = Buffer.alloc(size);
  for (const piece of pieces) piece.bytes.copy(bytes, piece.offset);
  return bytes;
}
