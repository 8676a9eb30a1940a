/** Tables of sizes that show only the first rows; the JSON output contains all rows. */
import { columns } from '../text/columns.ts';

const ROWS = 20;

/** All columns but the first are numbers. */
export function firstRows(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const more = rows.length - ROWS;
  return [
    ...columns([head, ...rows.slice(0, ROWS)], { right: head.slice(1).map((_, index) => index + 1) }),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}
