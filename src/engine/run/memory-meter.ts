/**
 * Measures how much memory the process groups of running commands use, from /proc; never uses more than two percent of a processor. No
 * readings without /proc, or for a command that ends before the first one.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface MemoryReading {
  /** MiB that the group uses now. */
  readonly resident: number;
  /** The peak in MiB so far: the sum of the peaks of its processes. */
  readonly peak: number;
}

export interface MemoryMeter {
  /** Calls `take` with each reading of the group until `done`. */
  readonly watch: (group: number, take: (reading: MemoryReading) => void) => { readonly done: () => void };
}

/** Milliseconds from the start of a command to the first reading. */
const FIRST_MS = 150;
const INTERVAL_MS = 500;
/** Milliseconds of waiting for each millisecond that a reading took. */
const RESTRAINT = 50;

export function memoryMeter(): MemoryMeter {
  const watched = new Map<number, { readonly take: (reading: MemoryReading) => void; peak: number }>();
  let timer: NodeJS.Timeout | undefined;

  const look = (): void => {
    const began = performance.now();
    for (const [group, reading] of readGroups(new Set(watched.keys()))) {
      const watch = watched.get(group);
      if (watch === undefined) continue;
      watch.peak = Math.max(watch.peak, reading.peak);
      watch.take({ resident: reading.resident, peak: watch.peak });
    }
    plan(Math.max(INTERVAL_MS, (performance.now() - began) * RESTRAINT));
  };
  const plan = (delay: number): void => {
    clearTimeout(timer);
    timer = watched.size === 0 ? undefined : setTimeout(look, delay).unref();
  };

  return {
    watch: (group, take) => {
      watched.set(group, { take, peak: 0 });
      if (watched.size === 1) plan(FIRST_MS);
      return { done: () => void watched.delete(group) };
    },
  };
}

function readGroups(groups: ReadonlySet<number>): ReadonlyMap<number, MemoryReading> {
  const readings = new Map<number, MemoryReading>();
  for (const pid of list('/proc')) {
    if (!/^[1-9]/.test(pid)) continue;
    // Fields after the name, which may contain any character: state, parent, group.
    const stat = read(`/proc/${pid}/stat`);
    const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
    if (!groups.has(group)) continue;
    const status = read(`/proc/${pid}/status`);
    const { resident = 0, peak = 0 } = readings.get(group) ?? {};
    readings.set(group, {
      resident: resident + mebibytes(status, 'VmRSS'),
      peak: peak + mebibytes(status, 'VmHWM'),
    });
  }
  return readings;
}

function mebibytes(status: string, name: 'VmRSS' | 'VmHWM'): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1_024;
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Empty for a process that ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
