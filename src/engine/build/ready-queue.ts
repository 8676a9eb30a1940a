/**
 * Chooses what to start next: the longest remaining path first, as far as the machine has resources. Never lets small actions starve a
 * large one, and never deadlocks on one that is larger than the machine: that one gets the whole machine.
 *
 * Items that need the same resources wait in one lane, and only its head is examined; so the cost of a choice grows with the number of
 * lanes, not of items.
 */
import type { Resources } from '../model/action.ts';

export interface Waiting<T> {
  readonly item: T;
  readonly resources: Resources;
  /** Expected milliseconds from the start of this item to the end of the build. */
  readonly priority: number;
}

/** How often the head of a lane may be overtaken before resources are kept free for it. */
const MAX_OVERTAKEN = 4;

interface Lane<T> {
  readonly resources: Resources;
  /** The next item is the last element; among equal priorities the oldest item is next. */
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
   * The next item that may start now, if `allows` accepts its resources; they are occupied until `release` is called with the same value.
   * While nothing runs, `allows` is not asked.
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
    // Fractions of a processor do not add up exactly; while nothing runs, everything is free.
    if (this.#running === 0) this.#free = { ...this.#capacity };
  }

  #laneOf(resources: Resources): Lane<T> {
    const key = JSON.stringify(Object.entries(resources).sort(([a], [b]) => (a < b ? -1 : 1)));
    const lane = this.#lanes.get(key) ?? { resources, waiting: [], overtaken: 0 };
    this.#lanes.set(key, lane);
    return lane;
  }

  /** The lanes that are not empty, the most urgent head first. */
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

  /** True if starting one can delay the other: both need the same limited resource. */
  #compete(a: Lane<T>, b: Lane<T>): boolean {
    return Object.keys(this.#capacity).some(name => (a.resources[name] ?? 0) > 0 && (b.resources[name] ?? 0) > 0);
  }

  #charge(resources: Resources, sign: 1 | -1): void {
    for (const name of Object.keys(resources)) {
      const free = this.#free[name];
      if (free !== undefined) this.#free[name] = free + sign * this.#need(resources, name);
    }
  }

  /** The amount that is needed, but at most the whole capacity. */
  #need(resources: Resources, name: string): number {
    return Math.min(resources[name] ?? 0, this.#capacity[name] ?? Number.POSITIVE_INFINITY);
  }
}

/** The index of a new entry in a lane with ascending priorities: before all entries of the same priority, because they are older. */
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
