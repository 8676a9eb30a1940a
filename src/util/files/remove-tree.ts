/** Removes a folder with all that is in it, folders that a command made unwritable too. Never follows a symbolic link. */
import { rmSync } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    // Removing a name takes the right to write to its folder, which a command may have taken away.
    await openFolders(path);
    await rm(path, { recursive: true, force: true });
  }
}

/** Removes the half-written file of a write that failed; what failed matters more than whether this does. */
export function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The next build clears the folder.
  }
}

/** Gives this user every right to every folder below. */
async function openFolders(path: string): Promise<void> {
  await chmod(path, 0o700);
  for (const entry of await readdir(path, { withFileTypes: true }))
    if (entry.isDirectory()) await openFolders(join(path, entry.name));
}
