/**
 * A store that a group of users shares, as git shares a repository: its folders are the group's to write, hand their group down (setgid), and so are
 * its files, SQLite's too. The folder's own rights are the mark of it, so no user but the first has to set anything; they are set last, and a process
 * that is killed before is followed by one that begins again. Never gives others more than they had.
 */
import { chmodSync, chownSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Failure } from '../../util/failure.ts';
import { isMember, ownerOf } from '../../util/files/owner-of.ts';

/** Setgid, and all that a group can have. */
const FOLDER_BITS = 0o2070;
const FILE_BITS = 0o060;
const BLOB_BITS = 0o040;
/** Those of the group in a umask. */
const GROUP_BITS = 0o070;

export function isShared(folder: string): boolean {
  return ((statSync(folder, { throwIfNoEntry: false })?.mode ?? 0) & FOLDER_BITS) === FOLDER_BITS;
}

/** From now on what this process makes is the group's to write, whatever the user's umask. Databases too: see make-database-file.ts. */
export function makeForGroup(): void {
  // What it is can only be learnt by setting another one.
  process.umask(process.umask(0o077) & ~GROUP_BITS);
}

/** Gives the folder's group what is this user's; the store must be held, or empty. What is somebody else's only they can give. */
export function shareStore(folder: string): Failure | undefined {
  const owner = ownerOf(folder);
  if (owner === undefined || !isOurs(owner)) return undefined;
  if (process.getuid?.() !== 0 && !isMember(owner.gid)) {
    return {
      code: 'AIB_STORE_OWNER',
      what: 'The store cannot be shared: this user is no member of the group of its folder',
      where: folder,
      got: owner.group,
      hint: `give it to a group that all its users belong to: chgrp -R GROUP ${folder}`,
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

/** The group before the rights: the kernel takes setgid away with a change of the group. A blob stays as nobody may write to it. */
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
