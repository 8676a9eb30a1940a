/**
 * Holds actions back while other programs use the machine's memory. For each running action of aib it reserves what the action may still
 * allocate. It must not be used while nothing runs; the queue takes care of that.
 */
import type { Resources } from '../model/action.ts';

export class MemoryGuard {
  readonly #available: () => number;
  /** MiB that each running action was charged, and that it uses so far. */
  readonly #running = new Map<object, { readonly charged: number; taken: number }>();

  /** `available` returns MiB. */
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

  /** The action was measured to use this many MiB. */
  saw(action: object, taken: number): void {
    const running = this.#running.get(action);
    if (running !== undefined) running.taken = taken;
  }

  end(action: object): void {
    this.#running.delete(action);
  }
}
