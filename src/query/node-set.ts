/** Ordered sets of nodes, the one kind of value that queries have. Never changed once made. */

/** Numbers of nodes, each once; the order is part of the value. */
export type NodeSet = Uint32Array;

/** Membership, by number. */
export type Marks = Uint8Array;

export function marksOf(size: number, nodes: NodeSet): Marks {
  const marks = new Uint8Array(size);
  for (const node of nodes) marks[node] = 1;
  return marks;
}

/** All that are marked, in graph order. */
export function marked(marks: Marks): NodeSet {
  let count = 0;
  for (const mark of marks) count += mark;
  const nodes = new Uint32Array(count);
  let free = 0;
  for (let node = 0; node < marks.length; node += 1) if (marks[node] === 1) nodes[free++] = node;
  return nodes;
}

export function everything(size: number): NodeSet {
  return Uint32Array.from({ length: size }, (_, node) => node);
}

/**
 * Builds a set by union, intersection and difference, one operand after the other. The left operand says the order; what a union adds comes
 * behind it, in the order of the right operand.
 */
export class SetBuilder {
  readonly #marks: Marks;
  #nodes: number[] = [];

  constructor(size: number) {
    this.#marks = new Uint8Array(size);
  }

  union(nodes: NodeSet): void {
    for (const node of nodes) {
      if (this.#marks[node] === 1) continue;
      this.#marks[node] = 1;
      this.#nodes.push(node);
    }
  }

  except(nodes: NodeSet): void {
    for (const node of nodes) this.#marks[node] = 0;
    this.#sweep();
  }

  intersect(nodes: NodeSet): void {
    for (const node of nodes) if (this.#marks[node] === 1) this.#marks[node] = 2;
    for (const node of this.#nodes) this.#marks[node] = this.#marks[node] === 2 ? 1 : 0;
    this.#sweep();
  }

  finish(): NodeSet {
    return Uint32Array.from(this.#nodes);
  }

  #sweep(): void {
    this.#nodes = this.#nodes.filter(node => this.#marks[node] === 1);
  }
}
