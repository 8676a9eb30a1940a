/**
 * Chooses what to start next: the longest way to the end first, as far as the machine has room. Never lets small actions starve a large
 * one, and never deadlocks on one that is larger than the machine: that one gets all there is.
 *
 * Items that want the same resources wait in one lane, of which only the head needs a look; so choosing costs as much as there are sorts of
 * items, not as there are items.
 */
import type { Resources } from '../model/action.ts';

export interface Waiting<T> {
  readonly item: T;
  readonly resources: Resources;
  /** Expected milliseconds from the start of this item to the end of the build. */
  readonly priority: number;
}

/** How often the head of a lane may be overtaken before room is kept free for it. */
const MAX_OVERTAKEN = 4;

interface Lane<T> {
  readonly resources: Resources;
  /** The next one last; among equals the older one is next. */
  readonly waiting: { readonly entry: Waiting<T>; readonly age: number }[];
  overtaken: number;
}

export class ReadyQueue<T> {
  readonly #capacity: Resources;
  #free: Record<string, number>;
  readonly #lanes = new Map<string, Lane<T>>();
  #running = 0;
  #added = 0;

  constructor(capacity: Resources) {
    this.#capacity = capacity;
    this.#free = { ...capacity };
  }

  add(entry: Waiting<T>): void {
    const { waiting } = this.#laneOf(entry.resources);
    this.#added += 1;
    waiting.splice(firstNotBehind(waiting, entry.priority), 0, { entry, age: this.#added });
  }

  remove(item: T): void {
    for (const { waiting } of this.#lanes.values()) {
      const index = waiting.findIndex(({ entry }) => entry.item === item);
      if (index !== -1) waiting.splice(index, 1);
    }
  }

  /**
   * The next item that may start now, as far as `allows` has nothing against its resources; they are taken until `release` is called with
   * the same. What nothing runs beside is always allowed.
   */
  take(allows: (resources: Resources) => boolean = () => true): Waiting<T> | undefined {
    const blocked: Lane<T>[] = [];
    for (const lane of this.#lanesInOrder()) {
      const mayOvertake = blocked.every(first => first.overtaken < MAX_OVERTAKEN || !this.#compete(first, lane));
      const mayStart = mayOvertake && this.#fits(lane.resources) && (this.#running === 0 || allows(lane.resources));
      if (!mayStart) {
        blocked.push(lane);
        continue;
      }
      const taken = lane.waiting.pop();
      if (taken === undefined) break;
      for (const first of blocked) if (this.#compete(first, lane)) first.overtaken += 1;
      lane.overtaken = 0;
      this.#charge(lane.resources, -1);
      this.#running += 1;
      return taken.entry;
    }
    return undefined;
  }

  release(resources: Resources): void {
    this.#charge(resources, 1);
    this.#running -= 1;
    // Fractions of a processor do not add up exactly; with nothing running all of it is free.
    if (this.#running === 0) this.#free = { ...this.#capacity };
  }

  #laneOf(resources: Resources): Lane<T> {
    const key = JSON.stringify(Object.entries(resources).sort(([a], [b]) => (a < b ? -1 : 1)));
    const lane = this.#lanes.get(key) ?? { resources, waiting: [], overtaken: 0 };
    this.#lanes.set(key, lane);
    return lane;
  }

  /** Those in which something waits, the most urgent head first. */
  #lanesInOrder(): readonly Lane<T>[] {
    const headed = [...this.#lanes.values()].flatMap(lane => {
      const head = lane.waiting.at(-1);
      return head === undefined ? [] : [{ lane, head }];
    });
    headed.sort((a, b) => b.head.entry.priority - a.head.entry.priority || a.head.age - b.head.age);
    return headed.map(({ lane }) => lane);
  }

  #fits(resources: Resources): boolean {
    return Object.keys(resources).every(
      name => this.#need(resources, name) <= (this.#free[name] ?? Number.POSITIVE_INFINITY),
    );
  }

  /** True if the start of one can put off the other: both want something that is limited. */
  #compete(a: Lane<T>, b: Lane<T>): boolean {
    return Object.keys(this.#capacity).some(name => (a.resources[name] ?? 0) > 0 && (b.resources[name] ?? 0) > 0);
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

/** The place of a new entry in a lane that ascends to its end: before all of the same priority, for they are older. */
function firstNotBehind(waiting: readonly { readonly entry: Waiting<unknown> }[], priority: number): number {
  let low = 0;
  let high = waiting.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((waiting[middle]?.entry.priority ?? 0) < priority) low = middle + 1;
    else high = middle;
  }
  return low;
}
