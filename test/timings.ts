/** The times of a test run, for its summary: each part, and the slowest files. Measures wall-clock time, never processor time. */
import { formatSeconds } from '../src/report/text/duration.ts';

/** Milliseconds. */
export interface Timed {
  readonly name: string;
  readonly ms: number;
}

const SLOWEST = 10;

export function timingLines(parts: readonly Timed[], files: readonly Timed[]): readonly string[] {
  const all = parts.reduce((sum, { ms }) => sum + ms, 0);
  const slowest = files.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST);
  return [
    `took ${formatSeconds(all)}: ${parts.map(({ name, ms }) => `${name} ${formatSeconds(ms)}`).join(', ')}`,
    ...(slowest.length === 0 ? [] : ['the slowest files:']),
    ...slowest.map(({ name, ms }) => `  ${formatSeconds(ms).padStart(12)}  ${name}`),
  ];
}

/** Times that run-tests measured before: `setup=3 check=12`, in seconds. */
export function partsBefore(text: string): readonly Timed[] {
  return [...text.matchAll(/(\w+)=(\d+)/g)].map(([, name = '', seconds]) => ({ name, ms: 1000 * Number(seconds) }));
}
