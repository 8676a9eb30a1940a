/** Builds for the reporters' tests, as the events of the engine. Times are milliseconds since the start of the build. */
import type { BuildEvent } from '../../engine/model/events.ts';
import type { Label } from '../../engine/model/graph.ts';
import { makeReporter } from './reporter.ts';
import type { Every, Output, Reporter, ReportMode } from './reporter-contract.ts';

/** When the builds of the tests start. */
export const START = 1_700_000_000_000;

export const DISK = '//aws/x86_64/uefi/tiny@3.20:disk' as Label;
export const IMAGE = '//aws/x86_64/uefi/tiny@3.20:image' as Label;
const OVERLAY = '//aws/x86_64/uefi/tiny@3.20:overlay' as Label;
export const PACKAGES = '//aws/x86_64/uefi/tiny@3.20:packages' as Label;
export const BOOT = '//aws/x86_64/uefi/tiny@3.20:boot' as Label;
export const ISO = '//iso/3.20/x86_64' as Label;

/**
 *     iso (hit) ────────────┐
 *     packages (ran) ───────┼──► disk (fails) ──► image (skipped) ──► boot (skipped)
 *     overlay (unchanged) ──┘
 */
export const FAILING: readonly BuildEvent[] = [
  { type: 'started', nodes: 6, kinds: {}, at: START },
  { type: 'hit', label: ISO, kind: 'iso' },
  running(PACKAGES, 'packages', 0, 'never built here', 4_000),
  running(OVERLAY, 'overlay', 10, 'input setup changed'),
  { type: 'ran', label: OVERLAY, kind: 'overlay', duration: 840, changed: false, at: START + 850 },
  { type: 'progress', label: PACKAGES, words: '30/40 packages' },
  { type: 'ran', label: PACKAGES, kind: 'packages', duration: 3_000, changed: true, at: START + 3_000 },
  running(DISK, 'disk', 3_010, 'input packages changed', 50_000),
  {
    type: 'failed',
    label: DISK,
    kind: 'disk',
    failure: {
      code: 'AIB_COMMAND_FAILED',
      what: 'The command of //aws/x86_64/uefi/tiny@3.20:disk ended with exit code 1',
      output: ['setup: line 3: \x1b[31mfoo\x1b[0m: not found'],
      hint: 'Read the log',
    },
    log: 'runs/7/aws-tiny-disk.log',
    at: START + 51_200,
  },
  { type: 'skipped', label: IMAGE, kind: 'image', because: DISK },
  { type: 'skipped', label: BOOT, kind: 'boot', because: DISK },
  { type: 'finished', status: 'failed', ran: 2, hits: 1, failed: 1, at: START + 51_300 },
];

export const NOTHING_TO_DO: readonly BuildEvent[] = [
  { type: 'started', nodes: 2, kinds: {}, at: START },
  { type: 'hit', label: ISO, kind: 'iso' },
  { type: 'hit', label: PACKAGES, kind: 'packages' },
  { type: 'finished', status: 'done', ran: 0, hits: 2, failed: 0, at: START + 12 },
];

/** One of three nodes runs, and the build is interrupted meanwhile. */
export const INTERRUPTED: readonly BuildEvent[] = [
  { type: 'started', nodes: 3, kinds: {}, at: START },
  { type: 'hit', label: ISO, kind: 'iso' },
  running(DISK, 'disk', 100, 'never built here'),
  { type: 'cancelled', label: DISK, kind: 'disk', at: START + 4_100 },
  { type: 'skipped', label: DISK, kind: 'disk', because: 'stopped' },
  { type: 'skipped', label: IMAGE, kind: 'image', because: 'stopped' },
  { type: 'finished', status: 'interrupted', ran: 0, hits: 1, failed: 0, at: START + 4_200 },
];

export function running(label: Label, kind: string, after: number, reason: string, expected?: number): BuildEvent {
  const known = expected === undefined ? {} : { expected };
  const place = { waited: 0, slot: 0, resources: { cpu: 1 } };
  return { type: 'running', label, kind, reason, at: START + after, ...place, ...known };
}

export interface Stage {
  readonly reporter: Reporter;
  /** Emits each event at its own time, or at once if it has none. */
  play(events: readonly BuildEvent[]): void;
  /** Moves the clock, and calls what is due. */
  pass(ms: number): void;
  /** Whether a repeated call is still active. */
  ticking(): boolean;
}

export interface StageOptions {
  readonly verbose?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** A reporter whose clock the test moves. */
export function stage(mode: ReportMode, out: Output, { verbose = false, env = {} }: StageOptions = {}): Stage {
  let now = START;
  let tick: { readonly run: () => void; readonly intervalMs: number; next: number } | undefined;
  const every: Every = (intervalMs, run) => {
    tick = { run, intervalMs, next: now + intervalMs };
    return () => {
      tick = undefined;
    };
  };
  const reporter = makeReporter({ mode, out, verbose, now: () => now, logFolder: '.cache', env, every });
  const moveTo = (time: number): void => {
    while (tick !== undefined && tick.next <= time) {
      now = tick.next;
      tick.next += tick.intervalMs;
      tick.run();
    }
    now = Math.max(now, time);
  };
  return {
    reporter,
    play: events => {
      for (const event of events) {
        if ('at' in event) moveTo(event.at);
        reporter.emit(event);
      }
    },
    pass: ms => moveTo(now + ms),
    ticking: () => tick !== undefined,
  };
}
