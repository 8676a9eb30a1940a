/**
 * Holds actions back while the machine has less memory than it had: others run here too. What aib itself started is taken into account by
 * what it may still come to take. Never holds anything back while nothing runs; that is for the queue to see to.
 */
import type { Resources } from '../model/action.ts';

export class MemoryGuard {
  readonly #available: () => number;
  /** MiB that each running action was charged, and that it takes so far. */
  readonly #running = new Map<object, { readonly charged: number; taken: number }>();

  /** `available` gives MiB. */
  constructor(available: () => number) {
    this.#available = available;
  }

  allows({ memory = 0 }: Resources): boolean {
    if (memory === 0) return true;
    let promised = 0;
    for (const { charged, taken } of this.#running.values()) promised += Math.max(0, charged - taken);
    return this.#available() - promised >= memory;
  }

  start(action: object, { memory = 0 }: Resources): void {
    this.#running.set(action, { charged: memory, taken: 0 });
  }

  /** The action was seen to take so many MiB. */
  saw(action: object, taken: number): void {
    const running = this.#running.get(action);
    if (running !== undefined) running.taken = taken;
  }

  end(action: object): void {
    this.#running.delete(action);
  }
}
