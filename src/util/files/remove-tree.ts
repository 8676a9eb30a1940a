/** Removes a folder with its content, even folders that a command made read-only. Must not follow symbolic links. */
import { rmSync } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    // To remove a file, its folder must be writable; a command may have removed that permission.
    await openFolders(path);
    await rm(path, { recursive: true, force: true });
  }
}

/** Removes the incomplete file of a failed write. A failure of the removal is ignored: the first failure is more important. */
export function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The next build clears the folder.
  }
}

/** Gives this user all permissions for all folders below. */
async function openFolders(path: string): Promise<void> {
  await chmod(path, 0o700);
  for (const entry of await readdir(path, { withFileTypes: true }))
    if (entry.isDirectory()) await openFolders(join(path, entry.name));
}
