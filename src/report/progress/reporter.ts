/** Chooses how a build is shown. Reporters only read events: none may change what is built, and nothing else writes to the terminal meanwhile. */
import pc from 'picocolors';
import type { Colors } from 'picocolors/types.js';
import type { BuildEvent } from '../../engine/model/events.ts';
import { jsonReporter } from './json-events.ts';
import { plainReporter } from './plain.ts';
import { quietReporter } from './quiet.ts';
import { ttyReporter } from './tty.ts';

export interface Reporter {
  emit(event: BuildEvent): void;
  /** To be called however the build ended, even by a bug: takes the status region away and gives the cursor back. Harmless when repeated. */
  close(): void;
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
}

export function makeReporter(options: ReporterOptions): Reporter {
  const { out, env = process.env, every = everyInterval } = options;
  const setup: ReporterSetup = { ...options, every, colors: pc.createColors(wantsColor(out, env)) };
  const mode = options.mode === 'auto' ? modeFor(out, env) : options.mode;
  switch (mode) {
    case 'tty':
      return ttyReporter(setup);
    case 'plain':
      return plainReporter(setup);
    case 'json':
      return jsonReporter(setup);
    case 'quiet':
      return quietReporter(setup);
    default:
      return mode satisfies never;
  }
}

function modeFor(out: Output, env: Readonly<Record<string, string | undefined>>): 'tty' | 'plain' {
  const inCi = isSet(env.CI) && env.CI !== 'false';
  return out.isTTY === true && !inCi && env.TERM !== 'dumb' ? 'tty' : 'plain';
}

/** NO_COLOR wins over FORCE_COLOR; empty variables mean nothing, as no-color.org has it. */
function wantsColor(out: Output, env: Readonly<Record<string, string | undefined>>): boolean {
  if (isSet(env.NO_COLOR)) return false;
  if (isSet(env.FORCE_COLOR)) return env.FORCE_COLOR !== '0';
  return out.isTTY === true && env.TERM !== 'dumb';
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function everyInterval(intervalMs: number, run: () => void): () => void {
  const timer = setInterval(run, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
