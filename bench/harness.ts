/**
 * Shared by the benchmarks: contestants that take turns, and tables of ratios. Machines and their load differ, so a time is never reported
 * without a ratio.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { aibHome } from '../src/util/files/home.ts';

interface Contestant {
  readonly name: string;
  /** Returns milliseconds. */
  readonly run: () => number;
}

export interface Timings {
  readonly name: string;
  readonly median: number;
  readonly min: number;
}

/** They take turns, so that other load of the machine affects all of them equally. */
export function takeTurns(contestants: readonly Contestant[], rounds: number): readonly Timings[] {
  const times = contestants.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1)
    for (const [index, { run }] of contestants.entries()) times[index]?.push(run());
  return contestants.map(({ name }, index) => {
    const own = times[index] ?? [];
    return { name, median: median(own), min: Math.min(...own) };
  });
}

export function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

export interface Ran {
  readonly milliseconds: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** From the start of the process to its end, as a shell measures it. */
export function timed(
  program: string,
  words: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Ran {
  const start = performance.now();
  const { status, error, stdout, stderr } = spawnSync(program, words, {
    ...options,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 30,
  });
  const milliseconds = performance.now() - start;
  if (status !== 0)
    throw new Error(`${program} ${words.join(' ')} ended with ${status ?? error?.message}: ${stderr.slice(-2_000)}`);
  return { milliseconds, stdout, stderr };
}

/** The base of all comparisons. */
export const EMPTY_NODE: Contestant = { name: 'node -e 0', run: () => timed(launcherNode(), ['-e', '0']).milliseconds };

/** The node that the launcher chose; it must have run once. */
export function launcherNode(): string {
  return readFileSync(join(aibHome(), 'node_modules/.aib/node'), 'utf8').trim();
}

/** One line per contestant: median and minimum in ms, then the ratio of the medians to each of `bases`. */
export function ratioTable(timings: readonly Timings[], bases: readonly Timings[]): string {
  const rows = timings.map(({ name, median: middle, min }) => [
    name,
    middle.toFixed(1),
    min.toFixed(1),
    ...bases.map(base => (middle / base.median).toFixed(2)),
  ]);
  return table([['', 'median', 'min', ...bases.map(({ name }) => `× ${name}`)], ...rows]);
}

/** The first column flush left, numbers flush right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  const lines = rows.map(row =>
    row.map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0))),
  );
  return lines.map(line => `${line.join('  ').trimEnd()}\n`).join('');
}
