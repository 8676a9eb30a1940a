/** Makes a folder and those above it. Never goes on for ever, as Node's own does below /proc, where a folder is there and bears no other. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** For places that somebody named. Throws what the filesystem says of the first folder that cannot be made. */
export function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  try {
    mkdirSync(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    // Another process was faster, or no folder has the name.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
    throw Object.assign(new Error(`ENOTDIR: not a directory, '${path}'`), { code: 'ENOTDIR' });
  }
}
