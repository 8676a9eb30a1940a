/** Limits the number of simultaneous calls to each place of the outside world: a provider throttles its users by account and region. */
import type PQueue from 'p-queue';
import type { Resources } from '../model/action.ts';

/** Simultaneous calls to a place that is not in the capacity. */
const CALLS = 4;

export class Pools {
  readonly #capacity: Resources;
  readonly #queues = new Map<string, Promise<PQueue>>();

  /** `capacity` says how many calls may be in progress, by the name of the place. */
  constructor(capacity: Resources) {
    this.#capacity = capacity;
  }

  /**
   * Calls `work` when the limit allows it; rejects with the signal's reason if it was aborted before. Never interrupts a call in progress.
   */
  async call<T>(place: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const queue = await this.#queueOf(place);
    return queue.add(() => {
      signal.throwIfAborted();
      return work();
    });
  }

  #queueOf(place: string): Promise<PQueue> {
    const known = this.#queues.get(place);
    if (known !== undefined) return known;
    const queue = makeQueue(this.#capacity[place] ?? CALLS);
    this.#queues.set(place, queue);
    return queue;
  }
}

/** Loaded with the first call: most builds make none. */
async function makeQueue(concurrency: number): Promise<PQueue> {
  const { default: Queue } = await import('p-queue');
  return new Queue({ concurrency });
}
