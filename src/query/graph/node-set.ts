/**
 * Ordered sets of nodes, the only kind of value in queries. A set must never be changed. The loops here use an index: each runs a few times
 * and mostly unoptimized, and then `for … of` over numbers takes several times as long.
 */

/** Numbers of nodes, each once; the order is part of the value. */
export type NodeSet = Uint32Array;

/** Membership by node number. */
export type Marks = Uint8Array;

export function marksOf(size: number, nodes: NodeSet): Marks {
  const marks = new Uint8Array(size);
  for (let index = 0; index < nodes.length; index += 1) marks[nodes[index] ?? 0] = 1;
  return marks;
}

/** The marked nodes, in graph order. */
export function marked(marks: Marks): NodeSet {
  let count = 0;
  for (let node = 0; node < marks.length; node += 1) count += marks[node] ?? 0;
  const nodes = new Uint32Array(count);
  let free = 0;
  for (let node = 0; node < marks.length; node += 1) if (marks[node] === 1) nodes[free++] = node;
  return nodes;
}

export function everything(size: number): NodeSet {
  const nodes = new Uint32Array(size);
  for (let node = 0; node < size; node += 1) nodes[node] = node;
  return nodes;
}

/**
 * Builds a set by union, intersection and difference, one operand after the other. The left operand decides the order; a union appends new
 * nodes in the order of the right operand.
 */
export class SetBuilder {
  readonly #marks: Marks;
  /** The first `#size` elements are the set. */
  readonly #nodes: Uint32Array;
  #size = 0;

  /** `size` is the number of nodes of the graph. */
  constructor(size: number) {
    this.#marks = new Uint8Array(size);
    this.#nodes = new Uint32Array(size);
  }

  union(nodes: NodeSet): void {
    for (let index = 0; index < nodes.length; index += 1) {
      const node = nodes[index] ?? 0;
      if (this.#marks[node] === 1) continue;
      this.#marks[node] = 1;
      this.#nodes[this.#size++] = node;
    }
  }

  except(nodes: NodeSet): void {
    for (let index = 0; index < nodes.length; index += 1) this.#marks[nodes[index] ?? 0] = 0;
    this.#sweep();
  }

  intersect(nodes: NodeSet): void {
    const others = marksOf(this.#marks.length, nodes);
    for (let index = 0; index < this.#size; index += 1) {
      const node = this.#nodes[index] ?? 0;
      this.#marks[node] = others[node] ?? 0;
    }
    this.#sweep();
  }

  finish(): NodeSet {
    return this.#nodes.slice(0, this.#size);
  }

  #sweep(): void {
    let kept = 0;
    for (let index = 0; index < this.#size; index += 1) {
      const node = this.#nodes[index] ?? 0;
      if (this.#marks[node] === 1) this.#nodes[kept++] = node;
    }
    this.#size = kept;
  }
}
