/**
 * Keeps a build alive while anything is in progress, and decides whether more may start. An error of the operating system fails one node; a
 * bug ends the build, but never before everything that runs has ended.
 */
import { storeFailure } from '../../store/database/store-failure.ts';
import type { Failure } from '../../util/failure.ts';
import { isStop } from '../../util/stop.ts';
import type { Emit } from '../model/events.ts';
import { type Label, nameOf } from '../model/graph.ts';
import type { NodeState } from './node-state.ts';

/** After a failure: finish what runs and start nothing (`stop`), build everything else (`keep-going`), or end at once (`fail-fast`). */
export type OnFailure = 'stop' | 'keep-going' | 'fail-fast';

export interface SupervisorOptions {
  readonly onFailure: OnFailure;
  /** Aborted once: stop everything that runs. */
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly now: () => number;
  /** Starts what the machine has resources for, by calling `step`. Called whenever something ended, but not while the build is stopped. */
  readonly start: () => void;
  /** Called when nothing is in progress any more, but not while the build is stopped; may start something. */
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
  /** The number of asynchronous steps in progress, including running actions. */
  #steps = 0;
  /** There was a failure after which nothing new may start. */
  #isBroken = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Aborted when everything that runs must end. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Nothing new may start. */
  get isStopped(): boolean {
    return this.#stop.signal.aborted || (this.#isBroken && this.#options.onFailure !== 'keep-going');
  }

  /** Runs from the first steps, which `begin` starts, to the end of the last; throws the first bug. */
  async watch(begin: () => void): Promise<void> {
    const { signal } = this.#options;
    const interrupt = (): void => {
      this.#stop.abort();
      this.advance();
    };
    if (signal.aborted) interrupt();
    signal.addEventListener('abort', interrupt);
    // `begin` counts as a step: an interruption during it must not end the build before it has started everything.
    this.#steps += 1;
    begin();
    this.#steps -= 1;
    this.advance();
    await this.#finish.promise;
    signal.removeEventListener('abort', interrupt);
    if (this.#bug !== undefined) throw this.#bug.error;
  }

  /**
   * Runs an asynchronous step that keeps the build alive. An error of the operating system in a step that is no longer current is ignored.
   */
  step(state: NodeState, work: () => Promise<void>, isCurrent: () => boolean = () => true): void {
    this.#steps += 1;
    work()
      .catch(error => this.#broke(state, error, isCurrent))
      .finally(() => {
        this.#steps -= 1;
        this.advance();
      });
  }

  /** Runs a function so that an exception does not reach the caller. */
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
    // A failure at one place of the outside world says nothing about the others.
    this.#isBroken ||= node.type !== 'external';
    emit({ type: 'failed', ...nameOf(node), failure, ...(log === undefined ? {} : { log }), at: now() });
    if (onFailure === 'fail-fast') this.#stop.abort();
  }

  #broke(state: NodeState, error: unknown, isCurrent: () => boolean): void {
    // A stopped step counts as not begun.
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
