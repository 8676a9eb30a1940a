/** One execution of an action, as it is noted for later runs and for people. Never part of a key or an output. */
import type { Sha256 } from '../content/digest.ts';

export interface Execution {
  readonly label: string;
  readonly kind: string;
  readonly key: Sha256;
  /** Milliseconds since the epoch from which on it only waited for room. */
  readonly queued: number;
  /** Milliseconds since the epoch. */
  readonly started: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly status: 'done' | 'failed' | 'cancelled';
  readonly reason: string;
  /** Which of those that ran side by side it was, from 0. */
  readonly slot: number;
  /** What was set aside for it. */
  readonly resources: Readonly<Record<string, number>>;
  /** Labels that it waited for, of those whose actions ran in the same run. */
  readonly after: readonly string[];
  /** The most MiB that it was seen to take; unknown of what is over soon, and of what is no process. */
  readonly memory?: number;
  /** Whether it came out different from what its label gave before; only of one that is done. */
  readonly changed?: boolean;
  /** Code and sentence of what went wrong. */
  readonly failure?: string;
  /** Path of the log, relative to the store. */
  readonly log?: string;
}
