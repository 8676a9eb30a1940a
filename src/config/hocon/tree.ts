/**
 * Collects the statements of all files by key. Does not evaluate substitutions: the resolver computes the final values.
 *
 *     a = { x = 1 }      slot a: [ object { x: slot [1] },
 *     a = ${b}                     node ${b},
 *     a { y = 2 }                  object { y: slot [2] } ]
 *
 * Later layers override earlier ones; objects merge with the layers below, anything else hides them.
 */
import { internal } from '../../util/failure.ts';
import type { HoconLimits } from './limits.ts';
import { Problem } from './problem.ts';
import type { FileChain, Origin, Scope } from './slot.ts';
import { Slot, type Statement } from './slot.ts';
import { type FieldNode, type IncludeField, isConstant, type ObjectNode, type SyntaxNode } from './syntax.ts';
import type { HoconValue, Position } from './value.ts';

export interface IncludedDocument {
  readonly root: ObjectNode;
  readonly chain: FileChain;
}

/** The statements of the file, or undefined if an optional file is missing; anything else is a Problem. */
export type IncludeLoader = (field: IncludeField, from: FileChain) => IncludedDocument | undefined;

/** The path from a base to the object being filled; converted to keys only for an include. */
interface Place {
  readonly base: Slot;
  readonly up: Place | undefined;
  /** From `up` to here. */
  readonly keys: readonly string[];
  readonly depth: number;
}

export class TreeBuilder {
  readonly #load: IncludeLoader;
  readonly #limits: HoconLimits;

  constructor(load: IncludeLoader, limits: HoconLimits) {
    this.#load = load;
    this.#limits = limits;
  }

  document(root: ObjectNode, chain: FileChain): Slot {
    const slot = new Slot(undefined);
    const scope: Scope = { origins: [{ base: slot, path: [] }], chain };
    this.#assign(slot, root, scope, { base: slot, up: undefined, keys: [], depth: 0 });
    return slot;
  }

  /** A value without a path: inside an array, or part of a concatenation in one. */
  anonymous(node: SyntaxNode, scope: Scope, owner: Statement | undefined): Slot {
    const slot = new Slot(owner);
    this.#assign(slot, node, scope, { base: slot, up: undefined, keys: [], depth: 0 });
    return slot;
  }

  /** Adjacent resolved objects, to be merged. */
  merged(values: readonly HoconValue[], owner: Statement | undefined): Slot {
    const slot = new Slot(owner);
    for (const value of values) slot.layers.push({ kind: 'constant', value, afterNull: false });
    return slot;
  }

  #assign(slot: Slot, node: SyntaxNode, scope: Scope, place: Place): void {
    switch (node.kind) {
      case 'literal':
        slot.replace({ kind: 'constant', value: node.value, afterNull: slot.nulled });
        break;
      case 'array': {
        const layer = { kind: 'node', node, scope, back: 0, objectOnly: false, afterNull: slot.nulled } as const;
        if (isConstant(node)) slot.replace(layer);
        else slot.layers.push(layer);
        break;
      }
      case 'object':
        this.#fill(slot.openObject(node.at), node.fields, slot, scope, place);
        break;
      case 'substitution':
        slot.layers.push({ kind: 'node', node, scope, back: 0, objectOnly: false, afterNull: slot.nulled });
        break;
      case 'concat': {
        if (!node.parts.some(part => part.node.kind === 'object')) {
          slot.layers.push({ kind: 'node', node, scope, back: 0, objectOnly: false, afterNull: slot.nulled });
          break;
        }
        // If one part is an object, all parts must be objects, and are merged one after the other. As layers of the slot they may refer to
        // each other's keys; `back` makes a reference to the slot itself use the layers below the first of them.
        for (const [back, part] of node.parts.entries()) {
          if (part.node.kind === 'object') {
            this.#fill(slot.pushObject(part.node.at), part.node.fields, slot, scope, place);
          } else {
            slot.layers.push({ kind: 'node', node: part.node, scope, back, objectOnly: true, afterNull: slot.nulled });
          }
        }
        break;
      }
      default:
        node satisfies never;
    }
  }

  #fill(entries: Map<string, Slot>, fields: readonly FieldNode[], slot: Slot, scope: Scope, place: Place): void {
    for (const field of fields) {
      if (field.kind === 'include') {
        const included = this.#load(field, scope.chain);
        if (included === undefined) continue;
        const inner = { origins: originsAt(place, scope), chain: included.chain };
        this.#fill(entries, included.root.fields, slot, inner, place);
        continue;
      }
      const depth = place.depth + field.path.length;
      if (depth > this.#limits.depth) throw tooDeep(field.at, field.length, this.#limits.depth);
      let target = entries;
      let child: Slot | undefined;
      for (const key of field.path) {
        if (child !== undefined) target = child.openObject(field.at);
        child = entry(target, key, slot.owner);
      }
      if (child === undefined) throw internal('a field without a key');
      if (field.append) child.append(field.value, scope);
      else this.#assign(child, field.value, scope, { base: place.base, up: place, keys: field.path, depth });
    }
  }
}

function entry(entries: Map<string, Slot>, key: string, owner: Statement | undefined): Slot {
  let slot = entries.get(key);
  if (slot === undefined) {
    slot = new Slot(owner);
    entries.set(key, slot);
  }
  return slot;
}

function originsAt(place: Place, scope: Scope): readonly Origin[] {
  const path: string[] = [];
  for (let here: Place | undefined = place; here?.up !== undefined; here = here.up) path.unshift(...here.keys);
  const same = scope.origins.some(origin => origin.base === place.base && origin.path.length === path.length);
  return same ? scope.origins : [{ base: place.base, path }, ...scope.origins];
}

function tooDeep(at: Position, length: number, depth: number): Problem {
  return new Problem('AIB_CONFIG_LIMIT', {
    what: `Objects are nested more than ${depth} levels deep`,
    at,
    length,
    hint: 'flatten the configuration',
  });
}
