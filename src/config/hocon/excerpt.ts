/** Shows a place in a text as its line with a squiggle below. Must not print a control character of the text. */
import type { Position } from './value.ts';

const WIDTH = 100;

/** Two aligned lines. A long line is cut to the part around the place. */
export function excerpt(text: string, at: Position, length: number): readonly [string, string] {
  const line = lineOf(text, at.line);
  const column = Math.min(at.column - 1, line.length);
  const from = line.length > WIDTH ? Math.max(0, Math.min(column - WIDTH / 2, line.length - WIDTH)) : 0;
  const shown = line.slice(from, from + WIDTH);
  const before = from > 0 ? '…' : '';
  const after = from + WIDTH < line.length ? '…' : '';
  const start = column - from;
  const marks = Math.max(1, Math.min(length, shown.length - start));
  return [before + shown + after, ' '.repeat(before.length + start) + '~'.repeat(marks)];
}

/** One column per UTF-16 unit, so that the squiggle is at the right place: tabs become one space, other control characters a dot. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\t', ' ')
    .replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '·');
}

function lineOf(text: string, line: number): string {
  let start = 0;
  for (let count = 1; count < line; count += 1) {
    const end = text.indexOf('\n', start);
    if (end < 0) return '';
    start = end + 1;
  }
  const end = text.indexOf('\n', start);
  return printable(text.slice(start, end < 0 ? undefined : end).trimEnd());
}
