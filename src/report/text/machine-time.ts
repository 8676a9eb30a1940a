/** The time of virtual machines, which is nearly all of the time of a build: `machines 16.9 s: 1 base 5.6 s, 1 disk 11.3 s`. */
import { runsMachine } from '../../rules/kinds/kind-table.ts';
import { count } from './count.ts';
import { formatDuration } from './duration.ts';

/** An action that ended. */
interface Ended {
  readonly kind: string;
  /** Milliseconds. */
  readonly duration: number;
}

/** By kind, in the order in which the first of each ended; without kinds that run no machine. */
export function machineTimes(
  ended: Iterable<Ended>,
): ReadonlyMap<string, { readonly runs: number; readonly ms: number }> {
  const times = new Map<string, { runs: number; ms: number }>();
  for (const { kind, duration } of ended) {
    if (!runsMachine(kind)) continue;
    const known = times.get(kind) ?? { runs: 0, ms: 0 };
    times.set(kind, { runs: known.runs + 1, ms: known.ms + duration });
  }
  return times;
}

/** Undefined if there was none, or only one, because its own line shows its time. */
export function machineWords(ended: Iterable<Ended>): string | undefined {
  const times = machineTimes(ended);
  const runs = [...times.values()].reduce((sum, each) => sum + each.runs, 0);
  if (runs < 2) return undefined;
  const total = [...times.values()].reduce((sum, { ms }) => sum + ms, 0);
  const kinds = [...times].map(([kind, each]) => `${count(each.runs, kind)} ${formatDuration(each.ms)}`);
  return `machines ${formatDuration(total)}: ${kinds.join(', ')}`;
}
