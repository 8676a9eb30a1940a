/**
 * A store that a group of users shares, as git shares a repository: its folders and files, including those of SQLite, are writable for the
 * group, and new files inherit the group (setgid). The mode of the store's folder marks it as shared, so only the first user has to set
 * anything; the mode is set last, so that the next process starts again if this one is killed. Never gives more permissions to users
 * outside the group.
 */
import { chmodSync, chownSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Failure } from '../../util/failure.ts';
import { isMember, ownerOf } from '../../util/files/owner-of.ts';

/** Setgid, and all permissions for the group. */
const FOLDER_BITS = 0o2070;
const FILE_BITS = 0o060;
const BLOB_BITS = 0o040;
/** The bits of the group in a umask. */
const GROUP_BITS = 0o070;

export function isShared(folder: string): boolean {
  return ((statSync(folder, { throwIfNoEntry: false })?.mode ?? 0) & FOLDER_BITS) === FOLDER_BITS;
}

/**
 * From now on, new files of this process are writable for the group, whatever the user's umask. Also databases: see make-database-file.ts.
 */
export function makeForGroup(): void {
  // Node can read the umask only by setting another one.
  process.umask(process.umask(0o077) & ~GROUP_BITS);
}

/** Gives this user's files to the folder's group; the store must be locked, or empty. Files of other users can only be given by them. */
export function shareStore(folder: string): Failure | undefined {
  const owner = ownerOf(folder);
  if (owner === undefined || !isOurs(owner)) return undefined;
  if (process.getuid?.() !== 0 && !isMember(owner.gid)) {
    return {
      code: 'AIB_STORE_OWNER',
      what: 'The store cannot be shared: this user is not a member of the group of its folder',
      where: folder,
      got: owner.group,
      hint: `give it to a group of all its users: chgrp -R GROUP ${folder}`,
    };
  }
  shareFolder(folder, owner.gid);
  return undefined;
}

function shareFolder(folder: string, group: number): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) shareFolder(path, group);
    else if (entry.isFile()) give(path, group, FILE_BITS);
  }
  give(folder, group, FOLDER_BITS);
}

/** Sets the group before the mode, because the kernel clears setgid when the group changes. A blob stays read-only for everybody. */
function give(path: string, group: number, bits: number): void {
  const { mode, uid, gid } = lstatSync(path);
  if (!isOurs({ uid })) return;
  if (gid !== group) chownSync(path, uid, group);
  const wanted = (mode | ((mode & 0o200) === 0 ? BLOB_BITS : bits)) & 0o7777;
  if (gid !== group || wanted !== (mode & 0o7777)) chmodSync(path, wanted);
}

function isOurs({ uid }: { readonly uid: number }): boolean {
  return uid === process.getuid?.() || process.getuid?.() === 0;
}
