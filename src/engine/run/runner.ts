/** The only interface through which actions run, so that rules do not depend on the place where an action runs. */
import type { Sha256 } from '../../store/content/digest.ts';
import type { Failure } from '../../util/failure.ts';
import type { Result } from '../../util/result.ts';
import type { ActionSort, ActionSpec } from '../model/action.ts';
import type { Outputs } from '../model/graph.ts';
import type { Grants } from './grants.ts';
import type { MemoryReading } from './memory-meter.ts';

/** The failure of an action that was stopped. */
export const STOPPED = { code: 'AIB_CANCELLED', what: 'The action was stopped' } as const satisfies Failure;

export interface RunContext {
  /** The key of the action. */
  readonly key: Sha256;
  readonly grants: Grants;
  readonly signal: AbortSignal;
  /** Appends output of the command to the log. */
  readonly log: (text: string) => void;
  /** Called with each reading of its memory. */
  readonly memory?: (reading: MemoryReading) => void;
  /** Called for a line `aib: words` on the command's standard output. */
  readonly progress: (words: string) => void;
}

export interface RunOutcome {
  /** The declared outputs, their bytes in the store. */
  readonly outputs: Outputs;
}

export interface Runner {
  /** Where it needs the bytes of inputs: in the store, or anywhere, for a worker that reads them from the same cache. Default: here. */
  readonly wantsInputs?: 'here' | 'anywhere';
  /**
   * All inputs are where it needs them, or elsewhere according to the cache. An exit status other than 0 is a failure, and no output is
   * kept.
   */
  readonly execute: (spec: ActionSpec, context: RunContext) => Promise<Result<RunOutcome>>;
}

/** The runner of each sort of action. If the graph has an action without a runner, that is a bug. */
export type Runners = Readonly<Partial<Record<ActionSort, Runner>>>;
