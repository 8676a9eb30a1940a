/**
 * Follows paths from slot to slot without resolving anything; a key that only resolving can determine becomes a member layer. Evaluates
 * nothing.
 */
import { nearest } from '../../util/suggest.ts';
import type { Scope } from './slot.ts';
import { type Layer, Slot, type Statement } from './slot.ts';

export class Walker {
  /** The statements that are being resolved, the innermost last. */
  readonly statements: Statement[] = [];
  readonly #step: (count: number) => void;

  /** `step` counts the work. */
  constructor(step: (count: number) => void) {
    this.#step = step;
  }

  /** The statements about a key in the first `limit` layers, without resolving any of them. */
  child(slot: Slot, limit: number, key: string): Slot | undefined {
    const lowest = slot.layers[0];
    if (limit === 1 && lowest?.kind === 'object') return lowest.entries.get(key);
    slot.children ??= new Map();
    const name = `${limit} ${key}`;
    if (slot.children.has(name)) return slot.children.get(name);
    let written: Slot | undefined;
    let gathered: Layer[] = [];
    let sources = 0;
    for (let index = 0; index < limit; index += 1) {
      const layer = slot.layers[index];
      if (layer === undefined) break;
      this.#step(1);
      if (layer.kind === 'constant' && layer.value.kind !== 'object') {
        gathered = [];
        sources = 0;
      } else if (layer.kind !== 'object') {
        gathered.push({ kind: 'member', slot, index, key, afterNull: false });
        sources += 1;
        written = undefined;
      } else {
        const here = layer.entries.get(key);
        if (here === undefined) continue;
        written = here;
        this.#step(here.layers.length);
        for (const inner of here.layers) gathered.push(inner);
        sources += 1;
      }
    }
    let child: Slot | undefined;
    if (sources === 1 && written !== undefined) child = written;
    else if (sources > 0) child = new Slot(slot.owner, gathered);
    slot.children.set(name, child);
    return child;
  }

  slotAt(base: Slot, path: readonly string[]): Slot | undefined {
    let slot: Slot | undefined = base;
    for (const key of path) {
      slot = this.child(slot, this.visible(slot), key);
      if (slot === undefined) return undefined;
    }
    return slot;
  }

  /** The same path with the first missing key replaced by a similar existing key. */
  near(path: readonly string[], scope: Scope): readonly string[] | undefined {
    let slot = scope.origins.at(-1)?.base;
    for (const [index, key] of path.entries()) {
      if (slot === undefined) return undefined;
      const child = this.child(slot, slot.layers.length, key);
      if (child === undefined) {
        const keys = slot.layers.flatMap(layer => (layer.kind === 'object' ? [...layer.entries.keys()] : []));
        const similar = nearest(key, keys, 1)[0];
        return similar === undefined ? undefined : [...path.slice(0, index), similar, ...path.slice(index + 1)];
      }
      slot = child;
    }
    return undefined;
  }

  /** How many layers the current statement can use: not itself, and nothing after it in its own slot. */
  visible(slot: Slot): number {
    this.#step(slot.layers.length);
    for (let asking = this.statements.at(-1); asking !== undefined; asking = asking.slot.owner) {
      const index = slot.layers.indexOf(asking.layer);
      if (index >= 0) return index - asking.layer.back;
    }
    return slot.layers.length;
  }
}
