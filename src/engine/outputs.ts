/** Takes an action's declared outputs from its working folder into the store; what was not declared is never looked at. */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobStore } from '../store/blobs.ts';
import type { Artifact } from '../store/records.ts';
import { adoptDirectory } from '../store/stage.ts';
import { fail, ok, type Result } from '../util/result.ts';
import type { ActionSpec } from './action.ts';
import type { Outputs } from './graph.ts';

export async function collectOutputs(blobs: BlobStore, spec: ActionSpec, folder: string): Promise<Result<Outputs>> {
  const outputs: Record<string, Artifact> = {};
  for (const [name, { type, path }] of Object.entries(spec.outputs)) {
    const full = join(folder, path);
    const found = await typeOf(full);
    if (found !== type) {
      return fail({
        code: 'AIB_OUTPUT_MISSING',
        what: `The action did not make its output ${name}`,
        where: path,
        got: found === undefined ? `nothing there, a ${type} was declared` : `a ${found}, a ${type} was declared`,
      });
    }
    const digest = type === 'directory' ? await adoptDirectory(blobs, full) : await blobs.adopt(full);
    outputs[name] = { type, digest };
  }
  return ok(outputs);
}

async function typeOf(path: string): Promise<'file' | 'directory' | 'special file' | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return undefined;
  if (stats.isFile()) return 'file';
  return stats.isDirectory() ? 'directory' : 'special file';
}
