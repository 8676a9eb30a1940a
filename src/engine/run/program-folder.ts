/** The working folder of a program of aib: an empty folder, with its inputs placed beside it. Always removed when the program ends. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobStore } from '../../store/content/blobs.ts';
import { stageDirectory } from '../../store/content/stage.ts';
import { removeTree } from '../../util/files/remove-tree.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { ActionSpec } from '../model/action.ts';
import { workingFolder } from './grants.ts';
import type { PlacedInput } from './program.ts';
import { type RunContext, type RunOutcome, STOPPED } from './runner.ts';
import { collectOutputs } from './take-outputs.ts';

export interface ProgramFolder {
  readonly folder: string;
  readonly inputs: ReadonlyMap<string, PlacedInput>;
}

/** Moves the declared outputs into the store if the program succeeds. */
export async function inProgramFolder(
  blobs: BlobStore,
  spec: ActionSpec,
  { signal, grants }: Pick<RunContext, 'signal' | 'grants'>,
  work: (place: ProgramFolder) => Promise<Result<void>>,
): Promise<Result<RunOutcome>> {
  const folder = workingFolder(blobs, grants);
  const staged = workingFolder(blobs, grants);
  await mkdir(folder, { recursive: true });
  try {
    const inputs = new Map<string, PlacedInput>();
    // Folders are staged so that they can be listed; single files, which may be large, are read from the store.
    for (const [path, { type, digest }] of spec.inputs) {
      if (signal.aborted) return fail(STOPPED);
      const place = type === 'file' ? blobs.path(digest) : join(staged, path);
      if (type === 'directory') await stageDirectory(blobs, digest, place, signal);
      inputs.set(path, { type, path: place });
    }
    const done = await work({ folder, inputs });
    if (!done.ok) return done;
    const outputs = await collectOutputs(blobs, spec, folder, signal);
    return outputs.ok ? ok({ outputs: outputs.value }) : outputs;
  } finally {
    // The next build removes what remains; the result of the action is more important.
    for (const path of [folder, staged]) await removeTree(path).catch(() => undefined);
  }
}
