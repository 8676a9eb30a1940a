/**
 * One process in a group of its own, from its start to the end of all that it started: when it ends, is stopped or takes too long, the whole
 * group goes. Never waits for longer than the grace period and a moment once it was asked to stop.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { internal } from '../../util/failure.ts';
import { startWatchdog } from '../../util/process/group-watchdog.ts';
import { endOrphanProcesses } from '../../util/process/orphan-processes.ts';
import { guardGroup, signalGroup, stopGroup } from '../../util/process/process-group.ts';

/** How long output may go on after the group was killed before those are looked for who left the group and hold the pipes. */
const ORPHAN_MS = 50;
/** And before the pipes are given up. */
const DRAIN_MS = 1_000;
/** A look for orphans that leave the pipes alone is worth its price after a command that took as long as this. */
const LONG_MS = 1_000;
/** Node's timers overflow beyond. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface ProcessRequest {
  readonly command: readonly string[];
  /** Nobody else's: what still works in it when the command is over is ended. */
  readonly folder: string;
  /** All of it. */
  readonly environment: Readonly<Record<string, string>>;
  /** 0 for no limit. */
  readonly timeoutSeconds: number;
  /** Milliseconds between SIGTERM and SIGKILL for a command that is to stop. */
  readonly graceMs: number;
  readonly signal: AbortSignal;
  readonly onOutput: (text: string) => void;
  readonly onErrorOutput: (text: string) => void;
  /** Called with the group when it has started; `done` when it is over. */
  readonly watch?: (group: number) => { readonly done: () => void };
}

export type ProcessEnd =
  | { readonly type: 'exited'; readonly status: number }
  | { readonly type: 'killed'; readonly by: NodeJS.Signals }
  | { readonly type: 'timed-out' }
  /** The signal was aborted, so how the process ended means nothing. */
  | { readonly type: 'stopped' }
  /** `code` is that of the system's error. */
  | { readonly type: 'not-started'; readonly cause: string; readonly code?: string };

export async function runProcess(request: ProcessRequest): Promise<ProcessEnd> {
  const { signal, graceMs, timeoutSeconds } = request;
  if (signal.aborted) return { type: 'stopped' };
  const child = start(request);
  if ('type' in child) return child;
  const exit = new Promise<ProcessEnd>(resolve => {
    child.once('error', error => resolve(notStarted(error)));
    child.once('exit', (status, by) =>
      resolve(by === null ? { type: 'exited', status: status ?? 0 } : { type: 'killed', by }),
    );
  });
  const { pid } = child;
  if (pid === undefined) return exit;

  const reading = Promise.all([
    readText(child.stdout, request.onOutput),
    readText(child.stderr, request.onErrorOutput),
  ]);
  let cut: 'stopped' | 'timed-out' | undefined;
  let stopping: { readonly done: () => void } | undefined;
  // Whoever listens has failed, and hears of it below; there is nobody left to run for.
  reading.catch(() => {
    stopping ??= stopGroup(pid, graceMs);
  });
  const stop = (why: 'stopped' | 'timed-out'): void => {
    cut ??= why;
    stopping ??= stopGroup(pid, graceMs);
  };
  const onAbort = (): void => stop('stopped');
  signal.addEventListener('abort', onAbort);
  const limitMs = Math.min(timeoutSeconds * 1_000, LONGEST_TIMER_MS);
  const limit = timeoutSeconds > 0 ? setTimeout(() => stop('timed-out'), limitMs) : undefined;
  const guards = [guardGroup(pid), ...(request.watch === undefined ? [] : [request.watch(pid)])];
  const began = performance.now();
  try {
    const end = await exit;
    // A command may leave helpers behind; nothing of it outlives it.
    signalGroup(pid, 'SIGKILL');
    if (cut !== undefined || performance.now() - began > LONG_MS) endOrphanProcesses(request.folder);
    const orphans = setTimeout(() => endOrphanProcesses(request.folder), ORPHAN_MS);
    const drain = setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
    }, DRAIN_MS);
    await reading.finally(() => {
      clearTimeout(orphans);
      clearTimeout(drain);
    });
    return signal.aborted ? { type: 'stopped' } : cut === undefined ? end : { type: cut };
  } finally {
    for (const each of guards) each.done();
    clearTimeout(limit);
    stopping?.done();
    signal.removeEventListener('abort', onAbort);
  }
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

function start({ command, folder, environment }: ProcessRequest): Child | (ProcessEnd & { type: 'not-started' }) {
  const [program, ...rest] = command;
  if (program === undefined) throw internal('an action without a program');
  startWatchdog();
  try {
    // Its standard input stays open as long as this process lives: a command may watch it.
    const child = spawn(program, rest, {
      cwd: folder,
      env: environment,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => undefined);
    return child;
  } catch (error) {
    // Too long a command line, or a NUL in it.
    return notStarted(error);
  }
}

function notStarted(error: unknown): ProcessEnd & { type: 'not-started' } {
  if (!(error instanceof Error)) return { type: 'not-started', cause: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { type: 'not-started', cause: error.message, ...code };
}

/** Settles when the stream is closed; rejects if `take` throws. */
function readText(stream: Readable, take: (text: string) => void): Promise<void> {
  const decoder = new StringDecoder('utf8');
  return new Promise((resolve, reject) => {
    const give = (text: string): void => {
      try {
        take(text);
      } catch (error) {
        reject(error);
      }
    };
    stream.on('data', (chunk: Buffer) => give(decoder.write(chunk)));
    stream.on('error', () => undefined);
    stream.once('close', () => {
      give(decoder.end());
      resolve();
    });
  });
}
