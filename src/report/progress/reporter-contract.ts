/**
 * The interface and the options of reporters. They only read events: they must not affect the build, and nothing else writes to the
 * terminal meanwhile.
 */
import type { Colors } from 'picocolors/types.js';
import type { BuildEvent } from '../../engine/model/events.ts';

export interface Reporter {
  emit(event: BuildEvent): void;
  /** Must be called at the end of every build, even after a bug: removes the status region and shows the cursor. Can be called again. */
  close(): void;
  /** Must be called instead of close() if the process ends during the build: prints which objects the provider still works on. */
  abandon(): void;
}

export type ReportMode = 'auto' | 'tty' | 'plain' | 'json' | 'quiet';

/** The used part of `process.stdout` or `process.stderr`. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** Read at every drawing, so that a resize takes effect. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export interface ReporterOptions {
  /** `auto`: a status region in an interactive terminal (not dumb, not in CI), else lines. */
  readonly mode: ReportMode;
  readonly out: Output;
  /** Prints also up-to-date nodes, all progress, and each skipped node. */
  readonly verbose: boolean;
  /** Milliseconds since the epoch, the clock of the events. */
  readonly now: () => number;
  /** The folder of the store: paths of logs in events are relative to it. */
  readonly logFolder: string;
  /** The environment with CI, TERM, NO_COLOR and FORCE_COLOR. Default: that of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Calls a function repeatedly until the returned function is called. Default: a timer that does not keep the process alive. */
  readonly every?: Every;
}

export type Every = (intervalMs: number, run: () => void) => () => void;

/** Options with all defaults resolved. */
export interface ReporterSetup extends Omit<ReporterOptions, 'mode' | 'env'> {
  readonly colors: Colors;
  readonly every: Every;
  readonly env: Readonly<Record<string, string | undefined>>;
}
