/**
 * Computes the final value of every key. Lazy: a substitution uses the final value, and only the part that its path names, so
 * `bar { a = ${foo.b}, c = 1 }, foo { b = 2, d = ${bar.c} }` is not a cycle. A reference to the key that is being defined uses the statements
 * before it instead. Must not compute anything twice.
 */
import { internal } from '../../util/failure.ts';
import { cycle, notAnArray, notAnObject, tooManyReferences, unresolved } from './complaints.ts';
import { join, type ResolvedPart } from './join.ts';
import type { HoconLimits } from './limits.ts';
import { Meter } from './meter.ts';
import type { AppendLayer, Layer, LayerResult, MemberLayer, NodeLayer, Scope, Slot } from './slot.ts';
import type { SubstitutionNode, SyntaxNode } from './syntax.ts';
import type { TreeBuilder } from './tree.ts';
import type { HoconArray, HoconObject, HoconValue, Position } from './value.ts';
import { Walker } from './walker.ts';

export class Resolver {
  readonly #builder: TreeBuilder;
  readonly #limits: HoconLimits;
  readonly #meter: Meter;
  readonly #walker: Walker;
  /** The substitutions being resolved, innermost last. */
  readonly #references: SubstitutionNode[] = [];
  #nesting = 0;
  readonly #blame = () => this.#references.at(-1)?.at;

  constructor(builder: TreeBuilder, limits: HoconLimits) {
    this.#builder = builder;
    this.#limits = limits;
    this.#meter = new Meter(limits);
    this.#walker = new Walker(count => this.#step(count));
  }

  resolve(root: Slot): HoconObject {
    const value = this.#evaluate(root, root.layers.length);
    if (value?.kind !== 'object') throw internal('the root of a configuration is not an object');
    return value;
  }

  /** The value of the first `limit` layers; undefined if they have none. */
  #evaluate(slot: Slot, limit: number): HoconValue | undefined {
    const top = slot.layers[limit - 1];
    if (top === undefined) return undefined;
    if (top.kind === 'constant' && top.value.kind !== 'object')
      return marked(top.value, resets(slot, limit - 1, top.value));
    slot.values ??= [];
    const known = slot.values[limit];
    if (known !== undefined) return known === 'absent' ? undefined : known;
    this.#enter();
    const value = this.#combine(slot, limit);
    this.#leave();
    slot.values[limit] = value ?? 'absent';
    return value;
  }

  /** From the top layer down to the first that hides the rest. */
  #combine(slot: Slot, limit: number): HoconValue | undefined {
    const objects: (HoconObject | (Layer & { kind: 'object' }))[] = [];
    let top = 0;
    for (let index = limit - 1; index >= 0; index -= 1) {
      const layer = slot.layers[index];
      const found = layer?.kind === 'object' ? layer : this.#layer(slot, index);
      if (found === 'absent') continue;
      if (found === 'hides') break;
      if (found.kind !== 'object') {
        if (objects.length === 0) return marked(found, resets(slot, index, found));
        break;
      }
      if (objects.length === 0) top = index;
      objects.push(found);
    }
    const first = objects[0];
    if (first === undefined) return undefined;
    const resolved =
      objects.length === 1 && 'resets' in first ? first : this.#merge(slot, limit, objects.toReversed(), first.at);
    return marked(resolved, resets(slot, top, resolved));
  }

  /** `objects` from the lowest layer upwards: a key keeps the place of its first appearance. */
  #merge(
    slot: Slot,
    limit: number,
    objects: readonly { readonly entries: ReadonlyMap<string, unknown> }[],
    at: Position,
  ): HoconObject {
    const entries = new Map<string, HoconValue>();
    const done = new Set<string>();
    for (const object of objects) {
      for (const key of object.entries.keys()) {
        this.#step();
        if (objects.length > 1) {
          if (done.has(key)) continue;
          done.add(key);
        }
        const child = this.#walker.child(slot, limit, key);
        const value = child === undefined ? undefined : this.#evaluate(child, child.layers.length);
        if (value !== undefined) entries.set(key, value);
      }
    }
    return this.#meter.object(entries, at);
  }

  #layer(slot: Slot, index: number): LayerResult {
    const layer = slot.layers[index];
    if (layer === undefined || layer.kind === 'object') throw internal('a layer without a value');
    if (layer.kind === 'constant') return layer.value;
    slot.results ??= [];
    const known = slot.results[index];
    if (known === 'busy') throw cycle(this.#references);
    if (known !== undefined) return known;
    slot.results[index] = 'busy';
    const result = layer.kind === 'member' ? this.#member(layer) : this.#statement(slot, index, layer);
    slot.results[index] = result;
    return result;
  }

  #statement(slot: Slot, index: number, layer: NodeLayer | AppendLayer): LayerResult {
    this.#walker.statements.push({ slot, layer });
    const value = layer.kind === 'append' ? this.#append(slot, index, layer) : this.#node(layer.node, layer.scope);
    this.#walker.statements.pop();
    if (value === undefined) return 'absent';
    if (layer.kind === 'node' && layer.objectOnly && value.kind !== 'object') throw notAnObject(layer, value);
    return value;
  }

  #member({ slot, index, key }: MemberLayer): LayerResult {
    const layer = slot.layers[index];
    const known = slot.results?.[index];
    if (layer?.kind === 'node' && layer.node.kind === 'substitution' && (known === undefined || known === 'busy')) {
      this.#walker.statements.push({ slot, layer });
      const found = this.#memberOf(layer.node, layer.scope, key, known === 'busy');
      this.#walker.statements.pop();
      if (found !== undefined) return found;
    }
    const whole = this.#layer(slot, index);
    if (typeof whole === 'string') return whole;
    return whole.kind === 'object' ? (whole.entries.get(key) ?? 'absent') : 'hides';
  }

  /**
   * Resolves only one key of a substituted object, so that its other keys may refer back to this one; undefined if the whole object is
   * needed. `busy`: an outer call is resolving the whole, so it is known to be an object.
   */
  #memberOf(node: SubstitutionNode, scope: Scope, key: string, busy: boolean): LayerResult | undefined {
    if (busy) return this.#lookup({ ...node, path: [...node.path, key], optional: true }, scope) ?? 'absent';
    for (const origin of scope.origins) {
      const target = this.#walker.slotAt(origin.base, [...origin.path, ...node.path]);
      if (target === undefined) continue;
      const visible = this.#walker.visible(target);
      const isObject = target.layers[visible - 1]?.kind === 'object';
      const child = this.#walker.child(target, visible, key);
      if (child === undefined) return isObject ? 'absent' : undefined;
      this.#references.push(node);
      const value = this.#evaluate(child, this.#walker.visible(child));
      this.#references.pop();
      // Without a value, either the key is missing or this is not an object.
      return value ?? (isObject ? 'absent' : undefined);
    }
    return undefined;
  }

  #append(slot: Slot, index: number, layer: AppendLayer): HoconArray {
    const before = this.#evaluate(slot, index);
    const added = this.#items(layer.items, layer.scope);
    const first = layer.items[0];
    if (first === undefined) throw internal('an append without an item');
    if (before === undefined || before.kind === 'null') return this.#meter.array(added, first.at);
    if (before.kind !== 'array') throw notAnArray(first, before);
    this.#meter.length(before.items.length + added.length, first.at);
    return this.#meter.array([...before.items, ...added], before.at);
  }

  #node(node: SyntaxNode, scope: Scope): HoconValue | undefined {
    this.#step();
    switch (node.kind) {
      case 'literal':
        return node.value;
      case 'array': {
        this.#enter();
        const items = this.#items(node.items, scope);
        this.#leave();
        return this.#meter.array(items, node.at);
      }
      case 'substitution':
        return this.#lookup(node, scope);
      case 'object':
        return this.#whole(this.#builder.anonymous(node, scope, this.#walker.statements.at(-1)));
      case 'concat': {
        const owner = this.#walker.statements.at(-1);
        if (node.parts.some(part => part.node.kind === 'object'))
          return this.#whole(this.#builder.anonymous(node, scope, owner));
        const parts: ResolvedPart[] = [];
        for (const part of node.parts) parts.push({ ...part, value: this.#node(part.node, scope) });
        const joined = join(parts, node.at, this.#meter);
        if (joined === undefined || 'kind' in joined) return joined;
        return this.#whole(this.#builder.merged(joined, owner));
      }
      default:
        return node satisfies never;
    }
  }

  #items(nodes: readonly SyntaxNode[], scope: Scope): HoconValue[] {
    const items: HoconValue[] = [];
    for (const node of nodes) {
      const item = this.#node(node, scope);
      if (item !== undefined) items.push(item);
    }
    return items;
  }

  #whole(slot: Slot): HoconValue | undefined {
    return this.#evaluate(slot, slot.layers.length);
  }

  #lookup(node: SubstitutionNode, scope: Scope): HoconValue | undefined {
    this.#references.push(node);
    for (const origin of scope.origins) {
      const value = this.#find(origin.base, [...origin.path, ...node.path]);
      if (value === undefined) continue;
      this.#references.pop();
      return value;
    }
    this.#references.pop();
    if (node.optional) return undefined;
    throw unresolved(node, this.#walker.near(node.path, scope));
  }

  #find(base: Slot, path: readonly string[]): HoconValue | undefined {
    const slot = this.#walker.slotAt(base, path);
    return slot === undefined ? undefined : this.#evaluate(slot, this.#walker.visible(slot));
  }

  #enter(): void {
    this.#step();
    this.#nesting += 1;
    if (this.#nesting <= this.#limits.references) return;
    throw tooManyReferences(this.#references.at(-1), this.#limits.references);
  }

  #leave(): void {
    this.#nesting -= 1;
  }

  #step(count = 1): void {
    this.#meter.step(count, this.#blame);
  }
}

function resets(slot: Slot, index: number, value: HoconValue): boolean {
  const layer = slot.layers[index];
  if (layer === undefined) return false;
  // A member of a substituted object keeps the mark of its own statements.
  if (layer.afterNull || (layer.kind !== 'node' && value.resets)) return true;
  return (
    index > 0 && slot.layers.slice(0, index).some(below => below.kind === 'constant' && below.value.kind === 'null')
  );
}

function marked<T extends HoconValue>(value: T, reset: boolean): T {
  return value.resets === reset ? value : { ...value, resets: reset };
}
