/** One execution of an action, recorded for later runs and for the user. Never part of a key or an output. */
import type { Sha256 } from '../content/digest.ts';

export interface Execution {
  readonly label: string;
  readonly kind: string;
  readonly key: Sha256;
  /** Milliseconds since the epoch: from then on it waited only for resources. */
  readonly queued: number;
  /** Milliseconds since the epoch. */
  readonly started: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly status: 'done' | 'failed' | 'cancelled';
  readonly reason: string;
  /** Its slot among those that ran in parallel, from 0. */
  readonly slot: number;
  /** The resources that were reserved for it. */
  readonly resources: Readonly<Record<string, number>>;
  /** The labels that it waited for and that ran in the same run. */
  readonly after: readonly string[];
  /** The measured peak of its memory in MiB; unknown for a short execution, and if it is not a process. */
  readonly memory?: number;
  /** Whether its outputs differ from the previous outputs of its label; only if it succeeded. */
  readonly changed?: boolean;
  /** Text and code of the failure. */
  readonly failure?: string;
  /** Path of the log, relative to the store. */
  readonly log?: string;
}
