/** The lines of a text that have changed. Never takes more than linear time, even if the texts have little in common. */
import type { FileChange } from './explanation.ts';

/** The number of lines of a difference that are shown. */
const MAX_DIFF = 12;
/**
 * If more lines differ, everything from the first difference to the last counts as one change: a precise comparison would take quadratic
 * time.
 */
const MAX_EDITS = 1000;

export type TextChange = Pick<FileChange, 'lines' | 'diff'>;

/** `before` and `after` are different texts. */
export async function textChange(before: string, after: string): Promise<TextChange> {
  const { structuredPatch } = await import('diff');
  const patch = structuredPatch('', '', before, after, '', '', { context: 0, maxEditLength: MAX_EDITS });
  const hunks = patch?.hunks ?? [oneHunk(before.split('\n'), after.split('\n'))];
  const diff = hunks.flatMap(({ lines }) => lines);
  return {
    lines: hunks.map(({ newStart, newLines }) => ({ from: newStart, to: newStart + Math.max(newLines, 1) - 1 })),
    diff: diff.length > MAX_DIFF ? [...diff.slice(0, MAX_DIFF), `… ${diff.length - MAX_DIFF} more`] : diff,
  };
}

function oneHunk(before: readonly string[], after: readonly string[]) {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const old = before.slice(head, before.length - tail);
  const now = after.slice(head, after.length - tail);
  return {
    newStart: head + 1,
    newLines: now.length,
    lines: [...old.map(line => `-${line}`), ...now.map(line => `+${line}`)],
  };
}
