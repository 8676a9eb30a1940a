/**
 * An outside world for builds of any graph: objects are finished slowly, and are found only after a while. It must not depend on graphs.
 */
import { setImmediate as breath } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Facts, Finding } from '../../src/engine/model/external.ts';
import type { Sha256 } from '../../src/store/content/digest.ts';

/** The first step, and the object itself. */
export const STEPS = ['part', 'whole'] as const;

interface Thing {
  readonly facts: Facts;
  /** The number of the call from which on it is found; below, from which on it is finished. */
  readonly seen: number;
  readonly ready: number;
}

export class SlowWorld {
  readonly #random: () => number;
  readonly #things = new Map<string, Thing>();
  readonly #making = new Set<string>();
  #calls = 0;
  #made = 0;
  /** Objects that were removed unnoticed. */
  readonly removed = new Set<Sha256>();

  constructor(random: () => number) {
    this.#random = random;
  }

  factsOf(identity: Sha256): Facts | undefined {
    return this.#things.get(`whole ${identity}`)?.facts;
  }

  /** Removes some of the finished objects, with all their parts. */
  remove(percent: number): void {
    for (const [name] of [...this.#things]) {
      if (!name.startsWith('whole ') || this.#random() * 100 >= percent) continue;
      const identity = name.slice('whole '.length) as Sha256;
      for (const step of STEPS) this.#things.delete(`${step} ${identity}`);
      this.removed.add(identity);
    }
  }

  async find(step: string, identity: Sha256): Promise<Finding> {
    await this.#call();
    const thing = this.#things.get(`${step} ${identity}`);
    if (thing !== undefined && thing.seen <= this.#calls) return this.#findingOf(thing);
    if (step === 'whole') this.removed.delete(identity);
    return { state: 'absent' };
  }

  async make(step: string, identity: Sha256): Promise<Exclude<Finding, { state: 'absent' }>> {
    const name = `${step} ${identity}`;
    expect(this.#making, 'one object is made twice at a time').not.toContain(name);
    this.#making.add(name);
    await this.#call();
    this.#making.delete(name);
    const before = this.#things.get(name);
    if (before !== undefined) return this.#findingOf(before);
    this.#made += 1;
    const seen = this.#calls + Math.floor(this.#random() * 4);
    const facts = { step, identity, id: String(this.#made) };
    const thing = { facts, seen, ready: seen + Math.floor(this.#random() * 4) };
    this.#things.set(name, thing);
    return this.#findingOf(thing);
  }

  async poll({ step, identity }: Facts): Promise<Finding> {
    await this.#call();
    const thing = this.#things.get(`${step} ${identity}`);
    return thing === undefined ? { state: 'absent' } : this.#findingOf(thing);
  }

  #findingOf({ facts, ready }: Thing): Exclude<Finding, { state: 'absent' }> {
    return ready <= this.#calls ? { state: 'there', facts } : { state: 'pending', handle: facts, again: 0 };
  }

  async #call(): Promise<void> {
    for (let pause = this.#random() * 8; pause > 1; pause -= 1) await breath();
    this.#calls += 1;
  }
}
