/** The one interface through which actions run: here today, on a remote worker tomorrow, with no line of a rule changed. */
import type { Sha256 } from '../../store/content/digest.ts';
import type { Failure } from '../../util/failure.ts';
import type { Result } from '../../util/result.ts';
import type { ActionSort, ActionSpec } from '../model/action.ts';
import type { Outputs } from '../model/graph.ts';
import type { Grants } from './grants.ts';
import type { MemoryReading } from './memory-meter.ts';

/** How an action fails that was told to stop. */
export const STOPPED = { code: 'AIB_CANCELLED', what: 'The action was stopped' } as const satisfies Failure;

export interface RunContext {
  /** Of the action. */
  readonly key: Sha256;
  readonly grants: Grants;
  readonly signal: AbortSignal;
  /** What the command writes, appended as it comes. */
  readonly log: (text: string) => void;
  /** What it was seen to take from the memory, as often as somebody looked. */
  readonly memory?: (reading: MemoryReading) => void;
  /** A line of the form `aib: words` on the command's standard output. */
  readonly progress: (words: string) => void;
}

export interface RunOutcome {
  /** The declared outputs, their bytes in the store. */
  readonly outputs: Outputs;
}

export interface Runner {
  /** Where it wants the bytes of inputs: in the store, or wherever they are, as a worker may that has them from the same cache. Default: here. */
  readonly wantsInputs?: 'here' | 'anywhere';
  /** All inputs are where it wants them, or elsewhere by what a cache said last. A command that exits with anything but 0 is a failure, and nothing of it is kept. */
  readonly execute: (spec: ActionSpec, context: RunContext) => Promise<Result<RunOutcome>>;
}

/** Who runs each sort of action. One that is missing is a bug of whoever builds a graph with such actions. */
export type Runners = Readonly<Partial<Record<ActionSort, Runner>>>;
