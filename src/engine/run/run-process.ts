/**
 * One process in its own group, from its start to the end of all its children: when it ends, is stopped or exceeds its time limit, the
 * whole group is killed. After a stop it never waits much longer than the grace period.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { internal } from '../../util/failure.ts';
import { startWatchdog } from '../../util/process/group-watchdog.ts';
import { endOrphanProcesses } from '../../util/process/orphan-processes.ts';
import { guardGroup, signalGroup, stopGroup } from '../../util/process/process-group.ts';

/**
 * Milliseconds after the kill of the group in which the pipes may stay open, before a search for processes that left the group and hold
 * them.
 */
const ORPHAN_MS = 50;
/** Milliseconds after which the pipes are closed here. */
const DRAIN_MS = 1_000;
/** Milliseconds. After a command that ran longer, it is worth searching also for orphans that do not hold the pipes. */
const LONG_MS = 1_000;
/** Node's timers overflow beyond this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface ProcessRequest {
  readonly command: readonly string[];
  /** Used by this command only: a process that still works in it when the command is over is killed. */
  readonly folder: string;
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** 0 for no limit. */
  readonly timeoutSeconds: number;
  /** Milliseconds between SIGTERM and SIGKILL for a command that must stop. */
  readonly graceMs: number;
  readonly signal: AbortSignal;
  readonly onOutput: (text: string) => void;
  readonly onErrorOutput: (text: string) => void;
  /** Called with the group when the process has started; `done` is called when it is over. */
  readonly watch?: (group: number) => { readonly done: () => void };
}

export type ProcessEnd =
  | { readonly type: 'exited'; readonly status: number }
  | { readonly type: 'killed'; readonly by: NodeJS.Signals }
  | { readonly type: 'timed-out' }
  /** The signal was aborted, so how the process ended means nothing. */
  | { readonly type: 'stopped' }
  /** `code` is the code of the system error. */
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
  // The listener has failed, so the process is stopped; the error is thrown below.
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
    // A command may leave child processes behind; they are killed.
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
    // Its standard input stays open as long as this process lives: a command can watch it.
    const child = spawn(program, rest, {
      cwd: folder,
      env: environment,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => undefined);
    return child;
  } catch (error) {
    // The command line is too long, or contains a NUL.
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
