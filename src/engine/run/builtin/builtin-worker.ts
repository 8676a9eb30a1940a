/**
 * One process that runs builtins, one job after the other, in its own process group that ends with it. After a job that is stopped, or
 * exceeds its time or memory limit, the process is killed: its state cannot be seen from outside, so the next job gets a new process.
 *
 *     idle ──run──► busy ──answer──► idle
 *                    │ stopped, over a limit, died
 *                    └──► gone
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { type Failure, internal } from '../../../util/failure.ts';
import { ownNode } from '../../../util/process/own-node.ts';
import { guardGroup, signalGroup } from '../../../util/process/process-group.ts';
import { fail, ok, type Result } from '../../../util/result.ts';
import { cutLines } from '../line-splitter.ts';
import type { MemoryMeter } from '../memory-meter.ts';
import { type RunContext, STOPPED } from '../runner.ts';
import type { BuiltinJob, FromWorker, ToWorker } from './builtin-protocol.ts';

interface BuiltinLimits {
  /** 0 for no limit. */
  readonly seconds: number;
  /** MiB that the process may use, together with its children; 0 for no limit. */
  readonly memory: number;
}

type BuiltinContext = Omit<RunContext, 'key' | 'grants'>;

interface WorkerOptions {
  /** The program that serves builtins, for Node. */
  readonly entry: string;
  readonly locale: string;
  readonly prefix: readonly string[];
  readonly meter: MemoryMeter;
}

/** Milliseconds that a program may take to react to a stop. */
const GRACE_MS = 500;
/** Lines of its standard error that are quoted if it dies. */
const QUOTED_LINES = 20;

export class BuiltinWorker {
  readonly #child: ChildProcess;
  readonly #guard: { readonly done: () => void } | undefined;
  readonly #meter: MemoryMeter;
  readonly #locale: string;
  readonly #prefix: readonly string[];
  #isGone = false;

  constructor({ entry, locale, prefix, meter }: WorkerOptions) {
    this.#meter = meter;
    this.#locale = locale;
    this.#prefix = prefix;
    const [program = '', ...words] = [...prefix, ...ownNode(), '--no-warnings', entry];
    this.#child = spawn(program, words, {
      cwd: '/',
      // The whole environment: a program gets nothing from the environment of aib.
      env: { PATH: process.env.PATH ?? '', LANG: locale, LC_ALL: locale, TZ: 'UTC' },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const { pid } = this.#child;
    this.#guard = pid === undefined ? undefined : guardGroup(pid);
    this.#child.once('exit', () => this.#end());
    this.#child.once('error', () => this.#end());
    this.#rest(true);
  }

  /** It accepts no further job. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Whether it was started with these. */
  isFor(locale: string, prefix: readonly string[]): boolean {
    return this.#locale === locale && this.#prefix.join('\0') === prefix.join('\0');
  }

  /** Only while it is idle. A bug in the program is thrown here. */
  async run(job: BuiltinJob, limits: BuiltinLimits, context: BuiltinContext): Promise<Result<void>> {
    const { signal } = context;
    if (signal.aborted) return fail(STOPPED);
    this.#rest(false);
    const { promise, resolve } = Promise.withResolvers<Result<void> | Error>();
    const errors: string[] = [];
    const output = cutLines(context.log, () => {});
    const errorOutput = cutLines(context.log, line => {
      errors.push(line);
      if (errors.length > QUOTED_LINES) errors.shift();
    });
    // Waits for the end of the job, so that nothing of it remains.
    let cut: Result<void> | undefined;
    const stop = (why: Result<void>): void => {
      cut ??= why;
      this.#tell({ type: 'stop' });
      setTimeout(() => this.#kill(), GRACE_MS).unref();
    };
    const onMessage = (message: FromWorker): void => hear(message, context, resolve);
    const onExit = (status: number | null, by: NodeJS.Signals | null): void =>
      resolve(fail(died(job, status, by, errors)));
    const onError = (error: Error): void =>
      resolve(fail(commandFailed(job, `could not be started: ${error.message}`, errors)));
    const onAbort = (): void => stop(fail(STOPPED));
    this.#child.on('message', onMessage).once('exit', onExit).once('error', onError);
    this.#child.stdout?.setEncoding('utf8').on('data', output.add);
    this.#child.stderr?.setEncoding('utf8').on('data', errorOutput.add);
    signal.addEventListener('abort', onAbort);
    const timer =
      limits.seconds > 0 ? setTimeout(() => stop(fail(tookTooLong(job, limits))), limits.seconds * 1_000) : undefined;
    const watch = this.#meter.watch(this.#child.pid ?? 0, reading => {
      context.memory?.(reading);
      if (limits.memory > 0 && reading.resident > limits.memory) stop(fail(tookTooMuch(job, limits)));
    });
    this.#tell(job);
    let outcome: Result<void> | Error;
    try {
      outcome = await promise;
    } finally {
      clearTimeout(timer);
      watch.done();
      signal.removeEventListener('abort', onAbort);
      this.#child.off('message', onMessage).off('exit', onExit).off('error', onError);
      this.#child.stdout?.off('data', output.add);
      this.#child.stderr?.off('data', errorOutput.add);
      output.end();
      errorOutput.end();
    }
    if (cut !== undefined) {
      this.#end();
      return cut;
    }
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  /** Ends the process when it is idle. If it does not end after the channel is closed, which can happen in Node itself, it is killed. */
  close(): void {
    if (this.#isGone) return;
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#kill(), GRACE_MS);
    this.#child.once('exit', () => clearTimeout(timer));
  }

  /** An idle process must not keep aib from ending; a busy one must. */
  #rest(idle: boolean): void {
    const handles = [this.#child, this.#child.channel, this.#child.stdout, this.#child.stderr];
    for (const handle of handles as readonly ({ ref?: () => void; unref?: () => void } | null | undefined)[]) {
      if (idle) handle?.unref?.();
      else handle?.ref?.();
    }
  }

  #tell(message: ToWorker): void {
    // If it has just died, its exit event reports that.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #kill(): void {
    signalGroup(this.#child.pid ?? 0, 'SIGKILL');
  }

  #end(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    // Its children are killed with it.
    this.#kill();
    this.#guard?.done();
  }
}

function hear(message: FromWorker, context: BuiltinContext, resolve: (outcome: Result<void> | Error) => void): void {
  switch (message.type) {
    case 'log':
      context.log(`${message.line}\n`);
      break;
    case 'progress':
      context.progress(message.words);
      break;
    case 'done':
      resolve(ok(undefined));
      break;
    case 'failed':
      resolve(fail(message.failure));
      break;
    case 'bug':
      resolve(internal(message.stack.replace(/^(?:Error: )?(?:Internal error: )?/, '')));
      break;
    default:
      throw internal(`unknown message from a builtin: ${JSON.stringify(message satisfies never)}`);
  }
}

function tookTooLong({ program }: BuiltinJob, { seconds }: BuiltinLimits): Failure {
  return { code: 'AIB_TIMEOUT', what: `The program ${program} exceeded its time limit of ${seconds} s` };
}

function tookTooMuch({ program }: BuiltinJob, { memory }: BuiltinLimits): Failure {
  return { code: 'AIB_MEMORY_LIMIT', what: `The program ${program} exceeded its memory limit of ${memory} MiB` };
}

function died(job: BuiltinJob, status: number | null, by: NodeJS.Signals | null, output: readonly string[]): Failure {
  const isOutOfMemory = output.some(line => line.includes('heap out of memory'));
  if (isOutOfMemory) return { code: 'AIB_MEMORY_LIMIT', what: `The program ${job.program} ran out of memory`, output };
  return commandFailed(job, by === null ? `ended with status ${status ?? 0}` : `was killed by ${by}`, output);
}

function commandFailed({ program }: BuiltinJob, how: string, output: readonly string[]): Failure {
  return { code: 'AIB_COMMAND_FAILED', what: `The program ${program} ${how}`, output };
}
