/**
 * Keeps the result within its limits while it grows. A shared part counts each time that it appears, so repeated doubling must reach the
 * limit.
 */
import type { HoconLimits } from './limits.ts';
import { Problem } from './problem.ts';
import type { HoconArray, HoconObject, HoconValue, Position } from './value.ts';

interface Measure {
  /** Characters of keys and scalars, plus one for each value. */
  readonly weight: number;
  readonly depth: number;
}

export class Meter {
  readonly #limits: HoconLimits;
  /** By the entries or items, because copies of a value share them. */
  readonly #measures = new Map<ReadonlyMap<string, HoconValue> | readonly HoconValue[], Measure>();
  #steps = 0;

  constructor(limits: HoconLimits) {
    this.#limits = limits;
  }

  /** Counts work. `at` is called only for the failure. */
  step(count: number, at: () => Position | undefined): void {
    this.#steps += count;
    if (this.#steps > this.#limits.steps) throw this.#excess('Resolving this configuration takes too long', at());
  }

  object(entries: ReadonlyMap<string, HoconValue>, at: Position): HoconObject {
    let weight = 1;
    let depth = 0;
    for (const [key, value] of entries) {
      const inner = this.#measure(value);
      weight += key.length + inner.weight;
      if (inner.depth > depth) depth = inner.depth;
    }
    // One more than for an array: the object of the whole text is not counted as a level.
    this.#note(entries, { weight, depth: depth + 1 }, this.#limits.depth + 1, at);
    return { kind: 'object', entries, at, resets: false };
  }

  array(items: readonly HoconValue[], at: Position): HoconArray {
    let weight = 1;
    let depth = 0;
    for (const item of items) {
      const inner = this.#measure(item);
      weight += inner.weight;
      if (inner.depth > depth) depth = inner.depth;
    }
    this.#note(items, { weight, depth: depth + 1 }, this.#limits.depth, at);
    return { kind: 'array', items, at, resets: false };
  }

  /** Must be called before a text or an array of this length is created. */
  length(length: number, at: Position): void {
    if (length > this.#limits.expansion) throw this.#excess('This value becomes too large', at);
  }

  #measure(value: HoconValue): Measure {
    switch (value.kind) {
      case 'object':
        return this.#measures.get(value.entries) ?? { weight: 1, depth: 1 };
      case 'array':
        return this.#measures.get(value.items) ?? { weight: 1, depth: 1 };
      case 'string':
        return { weight: value.value.length + 1, depth: 0 };
      case 'number':
        return { weight: value.text.length + 1, depth: 0 };
      case 'boolean':
      case 'null':
        return { weight: 1, depth: 0 };
      default:
        return value satisfies never;
    }
  }

  #note(
    key: ReadonlyMap<string, HoconValue> | readonly HoconValue[],
    measure: Measure,
    maxDepth: number,
    at: Position,
  ): void {
    this.length(measure.weight, at);
    if (measure.depth > maxDepth) {
      throw this.#excess(`Objects and arrays become nested more than ${this.#limits.depth} levels deep`, at);
    }
    this.#measures.set(key, measure);
  }

  #excess(what: string, at: Position | undefined): Problem {
    return new Problem('AIB_CONFIG_LIMIT', {
      what,
      ...(at === undefined ? {} : { at }),
      hint: 'look for substitutions that repeat each other',
    });
  }
}
