/**
 * Keeps a build going while anything is under way, and decides whether more may start. What the operating system refuses fails one node; a
 * bug ends the build, but never before all that runs has come to its end.
 */
import { storeFailure } from '../../store/database/store-failure.ts';
import type { Failure } from '../../util/failure.ts';
import { isStop } from '../../util/stop.ts';
import type { Emit } from '../model/events.ts';
import { type Label, nameOf } from '../model/graph.ts';
import type { NodeState } from './node-state.ts';

/** After a failure: finish what runs and start nothing (`stop`), build what still can be (`keep-going`), or end at once (`fail-fast`). */
export type OnFailure = 'stop' | 'keep-going' | 'fail-fast';

export interface SupervisorOptions {
  readonly onFailure: OnFailure;
  /** Aborted once: stop everything that runs. */
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly now: () => number;
  /** Starts what there is room for, by calling `step`. Called whenever something ended, but not while the build is stopped. */
  readonly start: () => void;
  /** Called when nothing is under way any more, but not while the build is stopped; may begin something. */
  readonly idle: () => void;
}

export class Supervisor {
  readonly failures = new Map<Label, Failure>();
  readonly #options: SupervisorOptions;
  /** Ends what runs: the caller's signal, a failure under `fail-fast`, or a bug. */
  readonly #stop = new AbortController();
  readonly #finish = Promise.withResolvers<void>();
  /** The first bug; thrown when nothing runs any more. */
  #bug: { readonly error: unknown } | undefined;
  /** Asynchronous steps under way, running actions among them. */
  #steps = 0;
  /** A failure after which nothing new is to start. */
  #isBroken = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Aborted when what runs is to end. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Nothing new may start. */
  get isStopped(): boolean {
    return this.#stop.signal.aborted || (this.#isBroken && this.#options.onFailure !== 'keep-going');
  }

  /** From the first steps, which `begin` takes, to the end of the last; throws the first bug. */
  async watch(begin: () => void): Promise<void> {
    const { signal } = this.#options;
    const interrupt = (): void => {
      this.#stop.abort();
      this.advance();
    };
    if (signal.aborted) interrupt();
    signal.addEventListener('abort', interrupt);
    // It counts as a step: an interruption in the midst of it must not end the build before what it goes on to begin.
    this.#steps += 1;
    begin();
    this.#steps -= 1;
    this.advance();
    await this.#finish.promise;
    signal.removeEventListener('abort', interrupt);
    if (this.#bug !== undefined) throw this.#bug.error;
  }

  /** Runs an asynchronous step that keeps the build alive. What the operating system refuses to a step that is not current any more fails nothing. */
  step(state: NodeState, work: () => Promise<void>, isCurrent: () => boolean = () => true): void {
    this.#steps += 1;
    work()
      .catch(error => this.#broke(state, error, isCurrent))
      .finally(() => {
        this.#steps -= 1;
        this.advance();
      });
  }

  /** Runs something that must not throw into whoever called it. */
  guard(state: NodeState, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#broke(state, error, () => true);
    }
  }

  fail(state: NodeState, failure: Failure, log?: string): void {
    const { node } = state;
    const { emit, now, onFailure } = this.#options;
    state.enter({ status: 'failed', failure });
    this.failures.set(node.label, failure);
    // What one place of the outside world refuses says nothing of the others.
    this.#isBroken ||= node.type !== 'external';
    emit({ type: 'failed', ...nameOf(node), failure, ...(log === undefined ? {} : { log }), at: now() });
    if (onFailure === 'fail-fast') this.#stop.abort();
  }

  #broke(state: NodeState, error: unknown, isCurrent: () => boolean): void {
    // What was under way is as if it had not begun.
    if (isStop(error, this.#stop.signal)) return;
    try {
      const failure = storeFailure(error);
      if (failure === undefined) throw error;
      if (isCurrent()) this.fail(state, failure);
    } catch (bug) {
      this.#bug ??= { error: bug };
      this.#stop.abort();
    }
  }

  /** Starts what can; the build is over when nothing runs and nothing can start. */
  advance(): void {
    if (!this.isStopped) this.#options.start();
    if (!this.isStopped && this.#steps === 0) this.#options.idle();
    if (this.#steps === 0) this.#finish.resolve();
  }
}
