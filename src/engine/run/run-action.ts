/** Runs one action, of either sort, and records it. The record is written last, so a run cut short anywhere leaves nothing to trust. */
import { readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { stageDirectory } from '../../store/content/stage.ts';
import { storeFailure } from '../../store/database/store-failure.ts';
import type { Store } from '../../store/store.ts';
import { internal } from '../../util/failure.ts';
import { removeTree } from '../../util/remove-tree.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Action, InProcessAction } from '../model/action.ts';
import type { EncodedAction } from '../model/action-key.ts';
import type { ActionNode, Outputs } from '../model/graph.ts';
import { openLog } from './log-file.ts';
import type { MemoryReading } from './memory-meter.ts';
import type { RunContext, Runner } from './runner.ts';
import { collectOutputs } from './take-outputs.ts';
import { withinLimits } from './within-limits.ts';

export interface RunRequest {
  readonly node: ActionNode;
  readonly action: Action;
  readonly encoded: EncodedAction;
  readonly store: Store;
  readonly runner: Runner;
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
    resources: action.resources,
    signal: request.signal,
    log: log.write,
    progress: request.progress,
    memory: request.memory,
  };
  try {
    const run = action.type === 'command' ? runCommand(request, context) : runInProcess(request, action, context);
    const result = await run;
    if (result.ok) commit(request, result.value);
    return { result, log: relativeTo(store, log.path) };
  } catch (error) {
    const failure = storeFailure(error);
    if (failure === undefined) throw error;
    return { result: fail(failure), log: relativeTo(store, log.path) };
  } finally {
    log.close();
  }
}

/** Readable, and short enough for every filesystem; need not tell all labels apart. */
function logName(label: string): string {
  return label
    .replace(/^\/\//, '')
    .replaceAll(/[^\w.@-]+/g, '-')
    .slice(0, 200);
}

function relativeTo(store: Store, path: string | undefined): string | undefined {
  return path === undefined ? undefined : relative(store.folder, path);
}

function commit({ store, action, encoded, node }: RunRequest, outputs: Outputs): void {
  const { key, parts } = encoded;
  const recorded = Object.entries(action.spec.outputs).map(([name, { path }]) => {
    const artifact = outputs[name];
    if (artifact === undefined) throw internal(`the runner gave no output ${name} of ${node.label}`);
    return [name, { ...artifact, path }] as const;
  });
  const record = { key, label: node.label, kind: node.kind, outputs: Object.fromEntries(recorded), parts };
  store.records.commit(record, store.now());
}

async function runCommand({ runner, action }: RunRequest, context: RunContext): Promise<Result<Outputs>> {
  const outcome = await runner.execute(action.spec, context);
  return outcome.ok ? ok(outcome.value.outputs) : outcome;
}

async function runInProcess(
  request: RunRequest,
  action: InProcessAction,
  context: RunContext,
): Promise<Result<Outputs>> {
  const { blobs } = request.store;
  const folder = blobs.temporaryPath();
  const inputs = blobs.temporaryPath();
  await mkdir(folder, { recursive: true });
  try {
    // Folders are staged so that they can be walked; single files, which may be large, are read where they lie.
    for (const [path, input] of action.spec.inputs) {
      if (context.signal.aborted) return fail({ code: 'AIB_CANCELLED', what: 'The action was stopped' });
      if (input.type === 'directory') await stageDirectory(blobs, input.digest, join(inputs, path));
    }
    const done = await withinLimits(action.spec, context.signal, signal =>
      action.run({
        folder,
        inputFile: path => {
          const input = action.spec.inputs.get(path);
          return input?.type === 'file' ? blobs.path(input.digest) : join(inputs, path);
        },
        listInput: path => {
          if (action.spec.inputs.get(path)?.type !== 'directory') throw internal(`${path} is not an input folder`);
          return namesBelow(join(inputs, path), '').sort();
        },
        signal,
        log: line => context.log(`${line}\n`),
        progress: context.progress,
      }),
    );
    return done.ok ? await collectOutputs(blobs, action.spec, folder) : done;
  } finally {
    // What stays is cleared by the next build; how the action ended matters more.
    for (const path of [folder, inputs]) await removeTree(path).catch(() => undefined);
  }
}

/** Files and links below a folder. Node's own recursive listing goes into folders behind links, and round in circles. */
function namesBelow(folder: string, prefix: string): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap(entry => {
    const name = join(prefix, entry.name);
    return entry.isDirectory() ? namesBelow(folder, name) : [name];
  });
}
