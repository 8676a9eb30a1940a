/** Copies images to a folder of the user, each completely or not at all. They share blocks with the store if the filesystem supports it. */
import { renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { copyContent } from '../../store/content/copy-content.ts';
import { type StatTuple, statTuple } from '../../store/content/stat-tuple.ts';
import { makeFolder } from '../../util/files/make-folder.ts';
import { discard } from '../../util/files/remove-tree.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { isStop } from '../../util/stop.ts';

/** Rejects with the signal's reason when aborted. */
export async function copyImages(
  files: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<Result<ReadonlyMap<string, StatTuple>>> {
  try {
    makeFolder(folder);
    const copies = new Map<string, StatTuple>();
    for (const file of files) {
      const copy = join(folder, basename(file));
      await replace(file, copy, signal);
      copies.set(copy, statTuple(copy));
    }
    return ok(copies);
  } catch (error) {
    if (isStop(error, signal)) throw error;
    return fail({
      code: 'AIB_CANNOT_WRITE',
      what: 'The images cannot be copied',
      where: folder,
      got: error instanceof Error ? error.message : String(error),
    });
  }
}

async function replace(file: string, copy: string, signal: AbortSignal): Promise<void> {
  const temporary = `${copy}.${process.pid}.tmp`;
  try {
    await copyContent(file, temporary, signal);
    renameSync(temporary, copy);
  } catch (error) {
    discard(temporary);
    throw error;
  }
}
