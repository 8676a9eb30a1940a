/**
 * One QEMU process from start to end: console text, lines of the result port, a time limit for each phase. QEMU's exit status is never
 * trusted; only the messages of the guest on the result port count, and no message means failure.
 *
 * QEMU never outlives this program, however that ends. It is also killed when it cannot read or write a disk: the result would be
 * wrong.
 */
import { type StdioOptions, spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { fullDiskInWords } from '../../util/files/full-disk.ts';
import { watched } from '../../util/process/death-watch.ts';
import { findOnPath } from '../../util/process/on-path.ts';
import { guardProcess } from '../../util/process/process-group.ts';
import { forEachLine } from './lines.ts';
import { listenToMonitor, type Monitor, monitorArguments } from './monitor.ts';

export interface SessionOptions {
  readonly program: string;
  readonly arguments: readonly string[];
  /** The time limit of the first phase, in seconds. */
  readonly limitSeconds: number;
  /** Aborted by the caller when it has seen enough. */
  readonly signal?: AbortSignal;
  /** Called after QEMU has started; the machine may not run yet. */
  readonly onStart?: (session: SessionControl) => void;
  readonly onConsole: (text: string) => void;
  /** A line from the result port, the guest's file descriptor 3. */
  readonly onLine: (line: string, session: SessionControl) => void;
}

interface SessionControl {
  readonly monitor: Monitor;
  /** A line for the guest, over the result port. */
  readonly send: (line: string) => void;
  /** Starts a new phase with this limit. */
  readonly limit: (seconds: number) => void;
  /** The guest is finished: asks QEMU to quit, so that it writes everything to its disks. */
  readonly finish: () => void;
}

export type SessionEnd =
  | { readonly type: 'exited' }
  /** By a signal from another process: unwritten data is lost. */
  | { readonly type: 'killed'; readonly by: string }
  | { readonly type: 'timeout'; readonly seconds: number }
  /** The message of the C library. */
  | { readonly type: 'disk-failed'; readonly reason: string }
  | { readonly type: 'unstartable'; readonly cause: string };

/** The descriptor of QEMU's monitor. */
const MONITOR = 4;
const WATCHDOG = 5;
/** The time that QEMU has to quit. */
const QUIT_SECONDS = 60;
/** The limit of Node's timers. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export async function runSession(options: SessionOptions): Promise<SessionEnd> {
  if (findOnPath(options.program) === undefined) return { type: 'unstartable', cause: 'it is not on this machine' };
  const command = [options.program, ...options.arguments, ...monitorArguments(MONITOR)];
  const { words, pipe } = watched(command, WATCHDOG);
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', pipe];
  const child = spawn(words[0] ?? '', words.slice(1), { stdio });
  const guard = child.pid === undefined ? undefined : guardProcess(child.pid);
  const kill = (): void => void child.kill('SIGKILL');
  options.signal?.addEventListener('abort', kill);

  let timer: NodeJS.Timeout | undefined;
  let end: SessionEnd = { type: 'exited' };
  const limit = (seconds: number): void => {
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        end = { type: 'timeout', seconds };
        kill();
      },
      Math.min(seconds * 1_000, LONGEST_TIMER_MS),
    );
  };
  limit(options.limitSeconds);
  const stream = (descriptor: 1 | 2): Readable => child.stdio[descriptor] as Readable;
  for (const output of [stream(1), stream(2)])
    output.setEncoding('utf8').on('data', (text: string) => options.onConsole(text));
  let said = '';
  stream(2).on('data', (text: string) => {
    said = (said + text).slice(-4_096);
  });
  const monitor = listenToMonitor(child.stdio[MONITOR] as unknown as Duplex, reason => {
    end = { type: 'disk-failed', reason };
    kill();
  });
  const port = child.stdio[3] as unknown as Duplex;
  // QEMU may have ended.
  port.on('error', () => undefined);
  const control: SessionControl = {
    monitor,
    limit,
    send: line => void port.write(`${line}\n`),
    finish: () => {
      monitor.quit();
      limit(QUIT_SECONDS);
    },
  };
  forEachLine(port, line => options.onLine(line, control));
  options.onStart?.(control);
  await new Promise<void>(resolve => {
    child.once('error', error => {
      end = { type: 'unstartable', cause: error.message };
      resolve();
    });
    child.once('close', (_, signal) => {
      // A file of the machine reached the size limit; or QEMU could not create or open its files.
      const reason = signal === 'SIGXFSZ' ? 'File too large' : fullDiskInWords(said)?.got;
      if (end.type === 'exited' && reason !== undefined) end = { type: 'disk-failed', reason };
      else if (end.type === 'exited' && signal !== null) end = { type: 'killed', by: signal };
      resolve();
    });
  });
  clearTimeout(timer);
  guard?.done();
  return end;
}
