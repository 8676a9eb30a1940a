/**
 * Creates a folder and its parents. Must end, unlike Node's own function, which loops for ever below /proc, where no folder can be created.
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** For paths that a user named. Throws the error of the first folder that cannot be created. */
export function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  try {
    mkdirSync(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    // Another process created it, or a file has this name.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
    throw Object.assign(new Error(`ENOTDIR: not a directory, '${path}'`), { code: 'ENOTDIR' });
  }
}
