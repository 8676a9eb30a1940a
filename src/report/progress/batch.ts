/**
 * Nodes of a kind of which there are thousands, such as packages, from the first that runs until none is left to run. Told of together: lines for
 * each would bury all others. Should more come to run later, such as those whose bytes are gone, it begins anew. Never prints.
 */
import { formatBytes } from '../../util/bytes.ts';
import { formatDuration } from '../text/duration.ts';

/** Where a node stands by the last event about it. */
export type Standing = 'hit' | 'running' | 'ran' | 'failed' | 'cancelled' | 'skipped';

/** What an event says of a move from one standing to another. */
export interface Move {
  /** Milliseconds since the epoch. */
  readonly at?: number;
  readonly bytes?: number;
}

export class Batch {
  readonly #kind: string;
  readonly #verb: string;
  /** Of which nothing was heard yet. */
  #left: number;
  /** That were not started, and never will be. */
  #skipped = 0;
  #running = 0;
  #ended = 0;
  /** Of those that ended, the ones that ran well. */
  #done = 0;
  #bytes = 0;
  #first = 0;
  #last = 0;

  /** `verb` says what becomes of each: fetched. `nodes` there are in the whole build. */
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

  /** When the first began. */
  get at(): number {
    return this.#first;
  }

  /** Nothing runs, and nothing is to come. */
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

  /** `package 43 of 120 fetched, 12.1 MiB`; once it is over `package 120 fetched, 61.3 MiB, 3.2 s`. */
  get line(): string {
    const took = this.isOver() ? `, ${formatDuration(this.#last - this.#first)}` : '';
    const of = this.#done === this.#total ? '' : ` of ${this.#total}`;
    return `${this.#kind} ${this.#done}${of} ${this.#verb}, ${formatBytes(this.#bytes)}${took}`;
  }

  /** `package 43 of 120, 12.1 MiB, 4 running` */
  get row(): string {
    return `${this.#kind} ${this.#done} of ${this.#total}, ${formatBytes(this.#bytes)}, ${this.#running} running`;
  }

  /** All but those that are known to be up to date. */
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
