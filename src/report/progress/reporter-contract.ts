/** What every reporter is and is given. Reporters only read events: none may change what is built, and nothing else writes to the terminal meanwhile. */
import type { Colors } from 'picocolors/types.js';
import type { BuildEvent } from '../../engine/model/events.ts';

export interface Reporter {
  emit(event: BuildEvent): void;
  /** To be called however the build ended, even by a bug: takes the status region away and gives the cursor back. Harmless when repeated. */
  close(): void;
  /** To be called in place of that where the process ends with the build under way: says what goes on without it. */
  abandon(): void;
}

export type ReportMode = 'auto' | 'tty' | 'plain' | 'json' | 'quiet';

/** What is used of `process.stdout` or `process.stderr`. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** Read at every drawing, so that a resize shows. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export interface ReporterOptions {
  /** `auto`: a status region where somebody watches (a terminal that is not dumb, not in CI), else lines. */
  readonly mode: ReportMode;
  readonly out: Output;
  /** Also lists what was up to date, every word of progress, and each node that was skipped. */
  readonly verbose: boolean;
  /** Milliseconds since the epoch, the clock of the events. */
  readonly now: () => number;
  /** What the logs that events name are relative to: the store's folder. */
  readonly logFolder: string;
  /** Where CI, TERM, NO_COLOR and FORCE_COLOR are looked up. Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Calls a function again and again until the returned one is called. Default: a timer that keeps no process alive. */
  readonly every?: Every;
}

export type Every = (intervalMs: number, run: () => void) => () => void;

/** Options with every choice made. */
export interface ReporterSetup extends Omit<ReporterOptions, 'mode' | 'env'> {
  readonly colors: Colors;
  readonly every: Every;
  readonly env: Readonly<Record<string, string | undefined>>;
}
