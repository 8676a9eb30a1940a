/** Detects lines that differ only in the folder in which something was built. Never matches if a name within that folder differs, too. */
export interface LinePair {
  readonly before: string;
  readonly after: string;
}

/** True if replacing one folder by another makes all lines equal. */
export function isHostPath(pairs: readonly LinePair[]): boolean {
  const candidates = pairs.slice(0, TRIED).flatMap(prefixes);
  return candidates.some(([was, is]) => pairs.every(({ before, after }) => before.replaceAll(was, is) === after));
}

/** The number of lines in which the folders are searched, because the first line may be the name of the folder itself. */
const TRIED = 8;

/** Candidates for the two folders: up to the common end of the lines, or within the first different word. Both may contain blanks. */
function prefixes({ before, after }: LinePair): readonly (readonly [string, string])[] {
  const shared = commonStart(before, after);
  const starts = [...before.slice(0, shared + 1).matchAll(/(?<=^|[\s"'=:,([]|\s-[A-Za-z]|^-[A-Za-z])\//g)];
  const start = starts.at(-1)?.index;
  if (start === undefined || after[start] !== '/') return [];
  const rests = [
    [before.slice(start), after.slice(start)],
    [wordAt(before, start), wordAt(after, start)],
  ] as const;
  return rests.flatMap(([was, is]) => {
    const common = commonEnd(was, is);
    // The common part must start with the name of a folder or a file.
    const from = was.slice(was.length - common).indexOf('/');
    const length = common - from;
    return from === -1 || length < 2
      ? []
      : [[was.slice(0, was.length - length), is.slice(0, is.length - length)] as const];
  });
}

function wordAt(text: string, start: number): string {
  return text.slice(start).split(/[\s"':,)\]]/, 1)[0] ?? '';
}

function commonStart(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}

function commonEnd(one: string, other: string): number {
  let length = 0;
  const most = Math.min(one.length, other.length);
  while (length < most && one.at(-1 - length) === other.at(-1 - length)) length += 1;
  return length;
}
