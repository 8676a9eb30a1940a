/** Formats rows of text in aligned columns. Must not cut a cell: the terminal wraps a table that is too wide. */
import { stripVTControlCharacters } from 'node:util';

export interface ColumnOptions {
  /** Indexes of right-aligned columns, such as sizes and times. Default none. */
  readonly right?: readonly number[];
  /** Spaces between columns. Default 2. */
  readonly gap?: number;
}

/** One line a row, without trailing spaces; rows may differ in length, and colours have no width. */
export function columns(rows: readonly (readonly string[])[], options: ColumnOptions = {}): readonly string[] {
  const { right = [], gap = 2 } = options;
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, visibleWidth(cell));
  }
  return rows.map(row => {
    const cells = row.map((cell, index) => {
      const fill = ' '.repeat((widths[index] ?? 0) - visibleWidth(cell));
      if (right.includes(index)) return fill + cell;
      return index === row.length - 1 ? cell : cell + fill;
    });
    return cells.join(' '.repeat(gap)).trimEnd();
  });
}

/** The number of columns of a text on a terminal; correct for the names and numbers that aib prints, which have no wide characters. */
export function visibleWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}
