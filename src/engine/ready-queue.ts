/**
 * Chooses what to start next: the longest way to the end first, as far as the machine has room. Never lets small actions starve a large
 * one, and never deadlocks on one that is larger than the machine: that one runs alone.
 */
import type { Resources } from './action.ts';

export interface Waiting<T> {
  readonly item: T;
  readonly resources: Resources;
  /** Expected milliseconds from the start of this item to the end of the build. */
  readonly priority: number;
}

/** How often a waiting item may be overtaken before room is kept free for it. */
const MAX_OVERTAKEN = 4;

export class ReadyQueue<T> {
  readonly #capacity: Resources;
  readonly #free: Record<string, number>;
  readonly #waiting: { readonly entry: Waiting<T>; overtaken: number }[] = [];
  #running = 0;

  constructor(capacity: Resources) {
    this.#capacity = capacity;
    this.#free = { ...capacity };
  }

  get size(): number {
    return this.#waiting.length;
  }

  get running(): number {
    return this.#running;
  }

  add(entry: Waiting<T>): void {
    const index = this.#waiting.findIndex(other => other.entry.priority < entry.priority);
    this.#waiting.splice(index === -1 ? this.#waiting.length : index, 0, { entry, overtaken: 0 });
  }

  remove(item: T): void {
    const index = this.#waiting.findIndex(({ entry }) => entry.item === item);
    if (index !== -1) this.#waiting.splice(index, 1);
  }

  /** The next item that may start now; its resources are taken until `release` is called with the same resources. */
  take(): Waiting<T> | undefined {
    const index = this.#waiting.findIndex(({ entry }) => this.#fits(entry.resources));
    if (index === -1) return undefined;
    const overtaken = this.#waiting.slice(0, index);
    if (overtaken.some(waiting => waiting.overtaken >= MAX_OVERTAKEN)) return undefined;
    for (const waiting of overtaken) waiting.overtaken += 1;
    const [taken] = this.#waiting.splice(index, 1);
    if (taken === undefined) return undefined;
    this.#charge(taken.entry.resources, -1);
    this.#running += 1;
    return taken.entry;
  }

  release(resources: Resources): void {
    this.#charge(resources, 1);
    this.#running -= 1;
  }

  #fits(resources: Resources): boolean {
    if (this.#running === 0) return true;
    return Object.keys(resources).every(
      name => this.#need(resources, name) <= (this.#free[name] ?? Number.POSITIVE_INFINITY),
    );
  }

  #charge(resources: Resources, sign: 1 | -1): void {
    for (const name of Object.keys(resources)) {
      const free = this.#free[name];
      if (free !== undefined) this.#free[name] = free + sign * this.#need(resources, name);
    }
  }

  /** What is wanted, or all there is if that is more. */
  #need(resources: Resources, name: string): number {
    return Math.min(resources[name] ?? 0, this.#capacity[name] ?? Number.POSITIVE_INFINITY);
  }
}
