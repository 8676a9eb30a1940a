/** One key of the configuration with everything that was said of it, in order. Holds the resolver's notes too, so that nothing is worked out twice. */
import { isConstant, type SyntaxNode } from './syntax.ts';
import type { HoconValue, Position } from './value.ts';

/** Where the names in substitutions are looked up. */
export interface Scope {
  /** The roots to try: first of the included file itself, last of the whole. */
  readonly origins: readonly Origin[];
  readonly chain: FileChain;
}

export interface Origin {
  readonly base: Slot;
  readonly path: readonly string[];
}

/** The file that a statement stands in, and those that led to it. */
export interface FileChain {
  readonly file: string;
  readonly includedAt: Position | undefined;
  readonly parent: FileChain | undefined;
}

export type Layer = ConstantLayer | ObjectLayer | NodeLayer | AppendLayer | MemberLayer;

/** A value that is what it is. */
export interface ConstantLayer {
  readonly kind: 'constant';
  readonly value: HoconValue;
  readonly afterNull: boolean;
}

/** One or more objects that were written out; merges with what lies below. */
interface ObjectLayer {
  readonly kind: 'object';
  readonly at: Position;
  readonly entries: Map<string, Slot>;
  readonly afterNull: boolean;
}

/** Something to resolve. */
export interface NodeLayer {
  readonly kind: 'node';
  readonly node: SyntaxNode;
  readonly scope: Scope;
  /** Layers between this one and the first of the same statement: a reference to the own slot sees what lies below that. */
  readonly back: number;
  /** It stands beside an object, so it must be one. */
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

/** The member `key` of another slot's layer that cannot be looked into without resolving it. */
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

/** What a layer comes to: a value, nothing (an optional substitution without one), or nothing that moreover hides the layers below. */
export type LayerResult = HoconValue | 'absent' | 'hides';

export class Slot {
  /** From the first statement to the last. */
  readonly layers: Layer[];
  /** The statement that an object inside an array or a concatenation belongs to. */
  readonly owner: Statement | undefined;
  /** Some statement so far was `null`. */
  nulled = false;

  // What the resolver knows so far; made when first needed, since most keys have one plain value and need none.

  /** By the number of layers that were looked at. */
  values: (HoconValue | 'absent' | undefined)[] | undefined;
  /** By the index of the layer. Whatever leads back to itself meets a busy layer, since only a statement can lead anywhere. */
  results: (LayerResult | 'busy' | undefined)[] | undefined;
  /** By the number of layers that were looked at, and the key. */
  children: Map<string, Slot | undefined> | undefined;

  constructor(owner: Statement | undefined, layers: Layer[] = []) {
    this.owner = owner;
    this.layers = layers;
  }

  /** A statement that hides everything before it and refers to nothing. */
  replace(layer: ConstantLayer | NodeLayer): void {
    this.layers.length = 0;
    this.layers.push(layer);
    if (layer.kind === 'constant' && layer.value.kind === 'null') this.nulled = true;
  }

  /** The entries of the object on top, which is begun if something else is there. */
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
