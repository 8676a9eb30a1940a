/**
 * What ran, as a small graph in SVG: columns by depth, inputs on the left. Actions of one kind with the same users are one box, so that a
 * hundred packages are one. Text must not become markup.
 */
import type { Execution } from '../../store/history/execution.ts';
import { shownText } from '../page/markup.ts';
import { formatDuration } from '../text/duration.ts';

const [WIDTH, HEIGHT, ACROSS, DOWN] = [190, 38, 250, 50];
/** A larger graph cannot be read as a picture. */
const MOST = 120;
const LARGEST = 5_000;

interface Box {
  readonly kind: string;
  readonly members: readonly Execution[];
  readonly column: number;
  readonly row: number;
}

/** Empty if there is too much to draw. */
export function* runGraphLines(executions: readonly Execution[]): Generator<string> {
  if (executions.length > LARGEST) return;
  const groups = grouped(executions);
  if (groups.length === 0 || groups.length > MOST) return;
  const boxes = placed(groups);
  const byLabel = new Map(boxes.flatMap(box => box.members.map(({ label }) => [label, box] as const)));
  const columns = Math.max(...boxes.map(({ column }) => column)) + 1;
  const rows = Math.max(...boxes.map(({ row }) => row)) + 1;
  const [width, height] = [columns * ACROSS, rows * DOWN];
  yield `<svg class="graph" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Graph of ${executions.length} actions in ${boxes.length} boxes">`;
  for (const box of boxes) {
    const inputs = new Set(box.members.flatMap(({ after }) => after.flatMap(label => byLabel.get(label) ?? [])));
    for (const input of inputs) yield edge(input, box);
  }
  for (const box of boxes) yield boxMarkup(box);
  yield '</svg>';
}

function grouped(executions: readonly Execution[]): readonly (readonly Execution[])[] {
  const users = new Map<string, string[]>();
  for (const { label, after } of executions)
    for (const input of after) {
      const known = users.get(input);
      if (known === undefined) users.set(input, [label]);
      else known.push(label);
    }
  const groups = new Map<string, Execution[]>();
  for (const execution of executions) {
    const { kind, label, after, status } = execution;
    // What waits for something stands for itself; what waits for nothing is one of many of its kind.
    const key = after.length > 0 ? label : JSON.stringify([kind, status, ...(users.get(label) ?? []).toSorted()]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [execution]);
    else known.push(execution);
  }
  return [...groups.values()];
}

/** Executions are in the order of their starts, so the inputs of each come before it. */
function placed(groups: readonly (readonly Execution[])[]): readonly Box[] {
  const depths = new Map<string, number>();
  for (const { label, after } of groups.flat().toSorted((a, b) => a.started - b.started))
    depths.set(label, Math.max(-1, ...after.map(input => depths.get(input) ?? -1)) + 1);
  const filled: number[] = [];
  return groups.map(members => {
    const column = Math.max(...members.map(({ label }) => depths.get(label) ?? 0));
    const row = filled[column] ?? 0;
    filled[column] = row + 1;
    return { kind: members[0]?.kind ?? '', members, column, row };
  });
}

function edge(from: Box, to: Box): string {
  const [x1, y1] = [from.column * ACROSS + WIDTH, from.row * DOWN + HEIGHT / 2];
  const [x2, y2] = [to.column * ACROSS, to.row * DOWN + HEIGHT / 2];
  const middle = (x1 + x2) / 2;
  return `<path class="edge" d="M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}"/>`;
}

function boxMarkup({ kind, members, column, row }: Box): string {
  const [x, y] = [column * ACROSS, row * DOWN];
  const [first] = members;
  const status = members.find(each => each.status !== 'done')?.status ?? 'done';
  const took = members.reduce((sum, { duration }) => sum + duration, 0);
  const heading = members.length === 1 ? kind : `${kind} × ${members.length}`;
  const names = members.slice(0, 20).map(({ label }) => label);
  const name = members.length === 1 ? (first?.label ?? '').replace(/^\/\//, '') : '';
  const shown = name.length > 28 ? `…${name.slice(-27)}` : name;
  return `<g class="bar ${status}"><title>${shownText([...names, ...(members.length > 20 ? ['…'] : [])].join('\n'))}</title><rect x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="4"/><text x="${x + 8}" y="${y + 16}">${shownText(heading)} · ${formatDuration(took)}</text><text class="name" x="${x + 8}" y="${y + 30}">${shownText(shown)}</text></g>`;
}
