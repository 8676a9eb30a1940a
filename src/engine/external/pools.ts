/** Calls to the outside world, so many at a time to each place: a provider throttles its users by account and region. */
import type PQueue from 'p-queue';
import type { Resources } from '../model/action.ts';

/** Calls at a time to a place of which the capacity says nothing. */
const CALLS = 4;

export class Pools {
  readonly #capacity: Resources;
  readonly #queues = new Map<string, Promise<PQueue>>();

  /** `capacity` says how many calls may be under way, by the name of the place. */
  constructor(capacity: Resources) {
    this.#capacity = capacity;
  }

  /** Calls when there is room; rejects with the signal's reason if it was aborted before. What is under way is never broken off here. */
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
