/**
 * Fetches the packages and the indexes of a copy into the store, with the same actions as a build, so that a copy contains only what a
 * build accepts. Never fetches a file that the store has.
 */
import { build } from '../../engine/build/build.ts';
import type { Resources } from '../../engine/model/action.ts';
import type { BuildStatus, Emit } from '../../engine/model/events.ts';
import type { Graph } from '../../engine/model/graph.ts';
import type { Runners } from '../../engine/run/runner.ts';
import type { Digest } from '../../store/content/digest.ts';
import type { Store } from '../../store/store.ts';
import { type Failure, internal } from '../../util/failure.ts';
import type { FailureCode } from '../../util/failure-table.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { CopyContents, FetchedFile } from './copy-contents.ts';

export interface BringRequest {
  readonly graph: Graph;
  readonly contents: CopyContents;
  readonly store: Store;
  readonly runners: Runners;
  readonly capacity: Resources;
  /** As the log of runs shows it. */
  readonly command: string;
  readonly signal: AbortSignal;
  /** Receives the events of the packages. */
  readonly emit: Emit;
}

/** A file of the mirror that is in the store. */
export interface BroughtFile {
  readonly path: string;
  readonly digest: Digest;
}

export interface Brought extends Runs {
  /** The status of the packages. */
  readonly status: BuildStatus;
  /** All files if the status is `done`. */
  readonly files: readonly BroughtFile[];
  /** Paths of indexes that are no longer available. */
  readonly leftOut: readonly string[];
}

interface Runs {
  /** In the store's history. */
  readonly runs: readonly number[];
  /** Actions that ran. */
  readonly ran: number;
}

/** Failures of a mirror that has changed since the lock, or that may not be used. */
const GONE: ReadonlySet<FailureCode> = new Set(['AIB_MIRROR_NOT_FOUND', 'AIB_DIGEST_MISMATCH', 'AIB_OFFLINE']);

/** Rejects with the signal's reason if aborted during the indexes; for packages the status is `interrupted`. */
export async function bringToStore(request: BringRequest): Promise<Result<Brought>> {
  const { contents, command, emit, signal } = request;
  // A build with all packages in the lock reads no index, so an unavailable index is not an error.
  const indexes = await buildFiles(request, contents.indexes, {
    command: `package indexes for: ${command}`,
    onFailure: 'keep-going',
    emit: event => {
      if (event.type !== 'started' && event.type !== 'finished' && event.type !== 'failed') emit(event);
    },
  });
  signal.throwIfAborted();
  const fatal = [...indexes.failures.values()].find(({ code }) => !GONE.has(code));
  if (fatal !== undefined) return fail(fatal);
  const packages = await buildFiles(request, contents.packages, { command, onFailure: 'stop', emit });
  return ok({
    status: packages.status,
    files: [...indexes.files, ...packages.files],
    leftOut: contents.indexes.filter(({ label }) => indexes.failures.has(label)).map(({ path }) => path),
    runs: [...indexes.runs, ...packages.runs],
    ran: indexes.ran + packages.ran,
  });
}

interface BuiltFiles extends Runs {
  readonly status: BuildStatus;
  readonly failures: ReadonlyMap<string, Failure>;
  readonly files: readonly BroughtFile[];
}

async function buildFiles(
  request: BringRequest,
  wanted: readonly FetchedFile[],
  { command, onFailure, emit }: { readonly onFailure: 'stop' | 'keep-going' } & Pick<BringRequest, 'command' | 'emit'>,
): Promise<BuiltFiles> {
  if (wanted.length === 0) return { status: 'done', failures: new Map(), files: [], runs: [], ran: 0 };
  const { graph, store, runners, capacity, signal } = request;
  const run = store.history.begin(command, store.now());
  const targets = wanted.map(({ label, output }) => ({ label, outputs: [output] }));
  const built = await build({ graph, targets, store, runners, capacity, onFailure, signal, emit, run });
  const { status, failures, outputs, ran } = built;
  const files = wanted.flatMap(({ label, output, path }) => {
    const digest = failures.has(label) ? undefined : outputs.get(label)?.[output]?.digest;
    return digest === undefined ? [] : [{ path, digest }];
  });
  if (status === 'done' && files.length < wanted.length) throw internal('a file of the mirror was built without bytes');
  return { status, failures, files, runs: [run], ran };
}
