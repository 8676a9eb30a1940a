/** Runs one action, of any sort, and keeps its log. Never records the outputs: the caller may only want to compare them. */
import { relative } from 'node:path';
import type { Sha256 } from '../../store/content/digest.ts';
import { storeFailure } from '../../store/database/store-failure.ts';
import type { Store } from '../../store/store.ts';
import { internal } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { isStop } from '../../util/stop.ts';
import type { Action } from '../model/action.ts';
import type { ActionNode, Outputs } from '../model/graph.ts';
import { type Grants, grantsFor } from './grants.ts';
import { openLog } from './log-file.ts';
import type { MemoryReading } from './memory-meter.ts';
import { type RunContext, type Runners, STOPPED } from './runner.ts';

export interface RunRequest {
  readonly node: ActionNode;
  readonly action: Action;
  readonly key: Sha256;
  readonly store: Store;
  readonly runners: Runners;
  /** The grants of this run; the default is what the action requests, or a general default. */
  readonly grants?: Partial<Grants> | undefined;
  readonly run: number;
  readonly signal: AbortSignal;
  readonly progress: (words: string) => void;
  readonly memory: (reading: MemoryReading) => void;
}

export interface Ran {
  readonly result: Result<Outputs>;
  /** Path of the log, relative to the store; undefined if it could not be written. */
  readonly log: string | undefined;
}

export async function runAction(request: RunRequest): Promise<Ran> {
  const { store, action, node } = request;
  const log = openLog(store.runFolder(request.run), logName(node.label));
  const context: RunContext = {
    key: request.key,
    grants: grantsFor(action, request.grants),
    signal: request.signal,
    log: log.write,
    progress: request.progress,
    memory: request.memory,
  };
  try {
    const runner = request.runners[action.sort];
    if (runner === undefined) throw internal(`no runner for actions of the sort ${action.sort}`);
    const outcome = await runner.execute(action.spec, context);
    return { result: outcome.ok ? ok(outcome.value.outputs) : outcome, log: relativeTo(store, log.path) };
  } catch (error) {
    const failure = isStop(error, request.signal) ? STOPPED : storeFailure(error);
    if (failure === undefined) throw error;
    return { result: fail(failure), log: relativeTo(store, log.path) };
  } finally {
    log.close();
  }
}

/** Readable, and short enough for every filesystem; different labels may have the same log name. */
function logName(label: string): string {
  return label
    .replace(/^\/\//, '')
    .replaceAll(/[^\w.@-]+/g, '-')
    .slice(0, 200);
}

function relativeTo(store: Store, path: string | undefined): string | undefined {
  return path === undefined ? undefined : relative(store.folder, path);
}
