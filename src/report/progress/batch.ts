/**
 * Nodes of a kind with thousands of nodes, such as packages, from the first that runs until none is left. They are reported together,
 * because a line for each would hide all others. If more nodes run later, such as those with missing bytes, the batch starts again. Prints
 * nothing.
 */
import { formatBytes } from '../../util/bytes.ts';
import { formatDuration } from '../text/duration.ts';

/** The state of a node after the last event about it. */
export type Standing = 'hit' | 'running' | 'ran' | 'failed' | 'cancelled' | 'skipped';

/** The facts in an event about a change of state. */
export interface Move {
  /** Milliseconds since the epoch. */
  readonly at?: number;
  readonly bytes?: number;
}

export class Batch {
  readonly #kind: string;
  readonly #verb: string;
  /** Nodes without any event yet. */
  #left: number;
  /** Nodes that were not started and will not be. */
  #skipped = 0;
  #running = 0;
  #ended = 0;
  /** Ended nodes that succeeded. */
  #done = 0;
  #bytes = 0;
  #first = 0;
  #last = 0;

  /** `verb` is the result of each node, such as `fetched`; `nodes` is their number in the whole build. */
  constructor(kind: string, verb: string, nodes: number) {
    this.#kind = kind;
    this.#verb = verb;
    this.#left = nodes;
  }

  get running(): number {
    return this.#running;
  }

  get done(): number {
    return this.#done;
  }

  /** When the first node started. */
  get at(): number {
    return this.#first;
  }

  /** Nothing runs, and nothing is left to run. */
  isOver(): boolean {
    return this.#running + this.#left === 0;
  }

  move(from: Standing | undefined, to: Standing, { at = this.#last, bytes = 0 }: Move): void {
    if (to === 'running' && (this.isOver() || this.#running + this.#ended === 0)) this.#begin(at);
    if (from === undefined) this.#left -= 1;
    if (from === 'running') {
      this.#running -= 1;
      this.#ended += 1;
      this.#last = at;
    }
    if (to === 'running') this.#running += 1;
    if (to === 'skipped') this.#skipped += 1;
    if (to === 'ran') {
      this.#done += 1;
      this.#bytes += bytes;
    }
  }

  /** `package 43 of 120 fetched, 12.1 MiB`; at the end `package 120 fetched, 61.3 MiB, 3.2 s`. */
  get line(): string {
    const took = this.isOver() ? `, ${formatDuration(this.#last - this.#first)}` : '';
    const of = this.#done === this.#total ? '' : ` of ${this.#total}`;
    return `${this.#kind} ${this.#done}${of} ${this.#verb}, ${formatBytes(this.#bytes)}${took}`;
  }

  /** `package 43 of 120, 12.1 MiB, 4 running` */
  get row(): string {
    return `${this.#kind} ${this.#done} of ${this.#total}, ${formatBytes(this.#bytes)}, ${this.#running} running`;
  }

  /** All nodes except those that are known to be up to date. */
  get #total(): number {
    return this.#ended + this.#running + this.#left + this.#skipped;
  }

  #begin(at: number): void {
    this.#first = at;
    this.#ended = 0;
    this.#done = 0;
    this.#bytes = 0;
  }
}
