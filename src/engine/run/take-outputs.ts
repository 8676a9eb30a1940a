/** Moves an action's declared outputs from its working folder into the store. Never reads anything that was not declared. */
import { lstatSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact } from '../../store/content/artifact.ts';
import type { BlobStore } from '../../store/content/blobs.ts';
import type { Digest } from '../../store/content/digest.ts';
import { adoptDirectory } from '../../store/content/stage.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { ActionSpec } from '../model/action.ts';

/** An output in the store. */
interface TakenOutput extends Artifact {
  /** Only for a folder: its digest as a `Tree` message. */
  readonly tree?: Digest;
}

/** Rejects with the signal's reason when aborted. */
export async function collectOutputs(
  blobs: BlobStore,
  spec: ActionSpec,
  folder: string,
  signal: AbortSignal,
): Promise<Result<Readonly<Record<string, TakenOutput>>>> {
  // All are checked before the first is moved: a failed action leaves nothing in the store.
  for (const [name, { type, path }] of Object.entries(spec.outputs)) {
    const found = await typeOf(join(folder, path));
    if (found === type) continue;
    return fail({
      code: 'AIB_OUTPUT_MISSING',
      what: `The action did not make its output ${name}`,
      where: path,
      got: `${found === undefined ? 'nothing' : `a ${found}`}, expected a ${type}`,
    });
  }
  const outputs: Record<string, TakenOutput> = {};
  for (const [name, { type, path }] of Object.entries(spec.outputs)) {
    const full = join(folder, path);
    if (type === 'directory') {
      const adopted = await adoptDirectory(blobs, full, signal);
      if (!adopted.ok) return adopted;
      outputs[name] = { type, ...adopted.value };
    } else {
      const executable = (lstatSync(full).mode & 0o100) !== 0;
      outputs[name] = { type, digest: await blobs.adopt(full, signal), ...(executable ? { executable } : {}) };
    }
  }
  return ok(outputs);
}

async function typeOf(path: string): Promise<'file' | 'directory' | 'symbolic link' | 'special file' | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return undefined;
  if (stats.isFile()) return 'file';
  if (stats.isSymbolicLink()) return 'symbolic link';
  return stats.isDirectory() ? 'directory' : 'special file';
}
