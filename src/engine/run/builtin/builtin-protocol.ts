/** The messages between aib and a process that runs its builtins, as JSON over Node's channel. Never more than one job at a time. */
import type { Failure } from '../../../util/failure.ts';
import type { PlacedInput } from '../program.ts';

export interface BuiltinJob {
  readonly type: 'job';
  readonly program: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly inputs: readonly (readonly [string, PlacedInput])[];
  readonly folder: string;
  readonly timeZone: string;
  /** Permission bits that are removed from new files. */
  readonly umask: number;
}

export type ToWorker = BuiltinJob | { readonly type: 'stop' };

export type FromWorker =
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'progress'; readonly words: string }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly failure: Failure }
  /** An exception that is not an expected failure: its stack. */
  | { readonly type: 'bug'; readonly stack: string };
