/** What is larger or smaller in the second of two images, as tables for users: first the total, then the largest changes. */
import { formatBytes } from '../../util/bytes.ts';
import type { PackageSizeChange, SizeChange, SizeDifference } from '../../verify/size/size-difference.ts';
import { columns } from '../text/columns.ts';
import { oneLine } from '../text/fit.ts';
import { NO_DATABASE } from './size-lines.ts';
import { firstRows } from './size-rows.ts';

export function sizeDifferenceLines({ size, inUse, uses, software, folders }: SizeDifference): readonly string[] {
  const whole = columns([['', ...HEAD], ...[size, inUse].map(changeRow)], { right: [1, 2, 3] });
  const tables = [
    table('what', uses),
    software === undefined ? [NO_DATABASE] : packageTable(software.packages),
    table('file without a package', software?.others ?? []),
    table('folder', folders),
  ];
  return [...whole, ...tables.flatMap(lines => (lines.length === 0 ? [] : ['', ...lines]))];
}

const HEAD = ['before', 'after', 'change'];

function table(head: string, changes: readonly SizeChange[]): readonly string[] {
  return changes.length === 0 ? [] : firstRows([head, ...HEAD], changes.map(changeRow));
}

function packageTable(changes: readonly PackageSizeChange[]): readonly string[] {
  if (changes.length === 0) return [];
  const rows = changes.map(change => {
    const [name = '', ...cells] = changeRow(change);
    const { oldVersion = 'none', newVersion = 'none' } = change;
    return [name, oldVersion === newVersion ? newVersion : `${oldVersion} → ${newVersion}`, ...cells];
  });
  return columns([['package', 'version', ...HEAD], ...rows], { right: [2, 3, 4] });
}

function changeRow({ name, before, after }: SizeChange): readonly string[] {
  const sign = after > before ? '+' : '-';
  const change = before === after ? 'none' : `${sign}${formatBytes(Math.abs(after - before))}`;
  return [oneLine(name), formatBytes(before), formatBytes(after), change];
}
