/** Removes a folder with all that is in it, folders that a command made unwritable too. Never follows a symbolic link. */
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

/** Gives this user every right to every folder below. */
export async function openFolders(path: string): Promise<void> {
  await chmod(path, 0o700);
  for (const entry of await readdir(path, { withFileTypes: true }))
    if (entry.isDirectory()) await openFolders(join(path, entry.name));
}
