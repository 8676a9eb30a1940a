/** One key of the configuration with all its statements, in order. Also stores results of the resolver, so that nothing is computed twice. */
import { isConstant, type SyntaxNode } from './syntax.ts';
import type { HoconValue, Position } from './value.ts';

/** Where names in substitutions are looked up. */
export interface Scope {
  /** The roots to try: from the included file to the whole configuration. */
  readonly origins: readonly Origin[];
  readonly chain: FileChain;
}

export interface Origin {
  readonly base: Slot;
  readonly path: readonly string[];
}

/** The file of a statement, and the files that include it. */
export interface FileChain {
  readonly file: string;
  readonly includedAt: Position | undefined;
  readonly parent: FileChain | undefined;
}

export type Layer = ConstantLayer | ObjectLayer | NodeLayer | AppendLayer | MemberLayer;

/** A value that needs no resolving. */
export interface ConstantLayer {
  readonly kind: 'constant';
  readonly value: HoconValue;
  readonly afterNull: boolean;
}

/** One or more written objects; merges with the layers below. */
interface ObjectLayer {
  readonly kind: 'object';
  readonly at: Position;
  readonly entries: Map<string, Slot>;
  readonly afterNull: boolean;
}

/** A node that must be resolved. */
export interface NodeLayer {
  readonly kind: 'node';
  readonly node: SyntaxNode;
  readonly scope: Scope;
  /** Layers between this one and the first of the same statement: a reference to the own slot uses the layers below that. */
  readonly back: number;
  /** It is next to an object, so it must be an object. */
  readonly objectOnly: boolean;
  readonly afterNull: boolean;
}

/** Items for the end of the array below. */
export interface AppendLayer {
  readonly kind: 'append';
  readonly items: SyntaxNode[];
  readonly scope: Scope;
  readonly back: 0;
  readonly afterNull: boolean;
}

/** The member `key` of a layer of another slot, which is not known before that layer is resolved. */
export interface MemberLayer {
  readonly kind: 'member';
  readonly slot: Slot;
  readonly index: number;
  readonly key: string;
  readonly afterNull: false;
}

/** A layer being resolved, seen from inside its own text. */
export interface Statement {
  readonly slot: Slot;
  readonly layer: NodeLayer | AppendLayer;
}

/** The result of a layer: a value, nothing (an optional substitution without one), or nothing but with the layers below hidden. */
export type LayerResult = HoconValue | 'absent' | 'hides';

export class Slot {
  /** From the first statement to the last. */
  readonly layers: Layer[];
  /** The statement that an object inside an array or a concatenation belongs to. */
  readonly owner: Statement | undefined;
  /** Some statement so far was `null`. */
  nulled = false;

  // Results of the resolver so far; created on demand, because most keys have one plain value and need none.

  /** By the number of layers. */
  values: (HoconValue | 'absent' | undefined)[] | undefined;
  /** By the index of the layer. Every cycle reaches a busy layer, because only statements contain references. */
  results: (LayerResult | 'busy' | undefined)[] | undefined;
  /** By the number of layers, and the key. */
  children: Map<string, Slot | undefined> | undefined;

  constructor(owner: Statement | undefined, layers: Layer[] = []) {
    this.owner = owner;
    this.layers = layers;
  }

  /** Adds a statement that hides everything before it and has no references. */
  replace(layer: ConstantLayer | NodeLayer): void {
    this.layers.length = 0;
    this.layers.push(layer);
    if (layer.kind === 'constant' && layer.value.kind === 'null') this.nulled = true;
  }

  /** The entries of the object on top; adds an object if the top layer is something else. */
  openObject(at: Position): Map<string, Slot> {
    const top = this.layers.at(-1);
    return top?.kind === 'object' ? top.entries : this.pushObject(at);
  }

  pushObject(at: Position): Map<string, Slot> {
    const entries = new Map<string, Slot>();
    this.layers.push({ kind: 'object', at, entries, afterNull: this.nulled });
    return entries;
  }

  append(item: SyntaxNode, scope: Scope): void {
    const top = this.layers.at(-1);
    if (top?.kind === 'append' && isConstant(item)) top.items.push(item);
    else this.layers.push({ kind: 'append', items: [item], scope, back: 0, afterNull: this.nulled });
  }
}
