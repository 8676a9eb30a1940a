/** Runs one action, of either sort, and records it. The record is written last, so a run cut short anywhere leaves nothing to trust. */
import { createWriteStream, readdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { finished } from 'node:stream/promises';
import { stageDirectory } from '../store/stage.ts';
import type { Store } from '../store/store.ts';
import { internal } from '../util/failure.ts';
import { ok, type Result } from '../util/result.ts';
import type { Action, InProcessAction } from './action.ts';
import type { EncodedAction } from './action-key.ts';
import type { ActionNode, Outputs } from './graph.ts';
import { collectOutputs } from './outputs.ts';
import type { RunContext, Runner } from './runner.ts';

export interface RunRequest {
  readonly node: ActionNode;
  readonly action: Action;
  readonly encoded: EncodedAction;
  readonly store: Store;
  readonly runner: Runner;
  readonly run: number;
  readonly signal: AbortSignal;
  readonly progress: (words: string) => void;
}

export interface Ran {
  readonly result: Result<Outputs>;
  /** Path of the log, relative to the store. */
  readonly log: string;
}

export async function runAction(request: RunRequest): Promise<Ran> {
  const { store, action, encoded, node } = request;
  const logPath = join(
    store.runFolder(request.run),
    `${node.label.replace(/^\/\//, '').replaceAll(/[^\w.@-]+/g, '-')}.log`,
  );
  const logStream = createWriteStream(logPath);
  const context: RunContext = {
    resources: action.resources,
    signal: request.signal,
    log: text => void logStream.write(text),
    progress: request.progress,
  };
  try {
    const result =
      action.type === 'command'
        ? await runCommand(request, action.spec, context)
        : await runInProcess(request, action, context);
    if (result.ok) {
      const { key, parts } = encoded;
      store.records.commit({ key, label: node.label, kind: node.kind, outputs: result.value, parts }, store.now());
    }
    return { result, log: relative(store.folder, logPath) };
  } finally {
    logStream.end();
    await finished(logStream).catch(() => undefined);
  }
}

async function runCommand(request: RunRequest, spec: Action['spec'], context: RunContext): Promise<Result<Outputs>> {
  const outcome = await request.runner.execute(spec, context);
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
      if (input.type === 'directory') await stageDirectory(blobs, input.digest, join(inputs, path));
    }
    const done = await action.run({
      folder,
      inputFile: path => {
        const input = action.spec.inputs.get(path);
        return input?.type === 'file' ? blobs.path(input.digest) : join(inputs, path);
      },
      listInput: path => {
        if (action.spec.inputs.get(path)?.type !== 'directory') throw internal(`${path} is not an input folder`);
        const names = readdirSync(join(inputs, path), { recursive: true, withFileTypes: true });
        return names
          .filter(entry => !entry.isDirectory())
          .map(entry => relative(join(inputs, path), join(entry.parentPath, entry.name)))
          .sort();
      },
      signal: context.signal,
      log: line => context.log(`${line}\n`),
      progress: context.progress,
    });
    return done.ok ? await collectOutputs(blobs, action.spec, folder) : done;
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(inputs, { recursive: true, force: true });
  }
}
