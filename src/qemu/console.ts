/**
 * Runs QEMU on this terminal until the user ends it, the signal is aborted, or a disk of the machine cannot be written. First asks QEMU to
 * quit, which restores the terminal; QEMU never outlives this process, however that ends.
 */
import { type StdioOptions, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { Failure } from '../util/failure.ts';
import { fullDiskInWords } from '../util/files/full-disk.ts';
import { watched } from '../util/process/death-watch.ts';
import { findOnPath } from '../util/process/on-path.ts';
import { guardProcess } from '../util/process/process-group.ts';
import { fail, ok, type Result } from '../util/result.ts';
import { listenToMonitor, monitorArguments } from './drive/monitor.ts';

export interface ConsoleOptions {
  readonly program: string;
  readonly arguments: readonly string[];
  /** The folder for the writes of the machine. */
  readonly temporary: string;
  readonly signal: AbortSignal;
}

/** The descriptor of QEMU's monitor. */
const MONITOR = 3;
const WATCHDOG = 4;
/** Milliseconds that QEMU has to quit. */
const GRACE_MS = 1_000;

export async function runConsole(options: ConsoleOptions): Promise<Result<void>> {
  const { program, temporary, signal } = options;
  if (findOnPath(program) === undefined) return fail({ code: 'AIB_NO_QEMU', what: `${program} is not installed` });
  const { words, pipe } = watched([program, ...options.arguments, ...monitorArguments(MONITOR)], WATCHDOG);
  const env = { ...process.env, TMPDIR: temporary };
  const stdio: StdioOptions = ['inherit', 'inherit', 'inherit', 'pipe', pipe];
  const child = spawn(words[0] ?? '', words.slice(1), { stdio, env });
  const guard = child.pid === undefined ? undefined : guardProcess(child.pid);
  let failure: Failure | undefined;
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    monitor.quit();
    timer ??= setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  };
  const monitor = listenToMonitor(child.stdio[MONITOR] as unknown as Duplex, reason => {
    failure ??= {
      code: 'AIB_STORE_ACCESS',
      what: 'The changes of the machine cannot be written',
      ...fullDiskInWords(reason),
      where: temporary,
      got: reason,
      hint: 'select a folder with more space with TMPDIR',
    };
    end();
  });
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  await new Promise<void>(resolve => {
    child.once('error', error => {
      failure = { code: 'AIB_NO_QEMU', what: `${program} cannot be started`, got: error.message };
      resolve();
    });
    child.once('close', code => {
      // It ends with 0 if the user or the guest ends it; before that it has printed its reason on this terminal.
      if (code !== null && code > 0 && !signal.aborted)
        failure ??= {
          code: 'AIB_NO_QEMU',
          what: `${program} ended with exit status ${code}`,
          hint: 'see its message above',
        };
      resolve();
    });
  });
  clearTimeout(timer);
  signal.removeEventListener('abort', end);
  guard?.done();
  return failure === undefined ? ok(undefined) : fail(failure);
}
