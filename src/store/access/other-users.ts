/**
 * Reports before a build starts that the store contains files of another user that it cannot write: which, whose, and what to do. Checks
 * every place that a build writes to, so that no build fails half-way because of one folder that `sudo aib build` left. Never changes
 * permissions.
 */
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Failure } from '../../util/failure.ts';
import { isMember, type Owner, ownerOf } from '../../util/files/owner-of.ts';
import { isShared } from './share-store.ts';

/** Folders of a store that builds write to, and the depth to check. */
const FOLDERS: readonly (readonly [name: string, depth: number])[] = [
  ['blobs', 1],
  ['records', 1],
  ['tmp', 0],
  ['runs', 0],
  ['snapshots', 0],
  ['damaged', 0],
  ['downloads', 1],
  ['machines', 0],
  ['images', 2],
  ['projects', 4],
];
/** Files that are written in place; all others are replaced. */
const FILES = ['aib.db', 'aib.db-wal', 'aib.db-shm', 'aib.db-journal', 'lock.db'];

/** Undefined if a build may write wherever it must, or if the obstacle is not another user. */
export function othersFile(store: string): Failure | undefined {
  for (const path of writtenPlaces(store)) {
    if (mayWrite(path)) continue;
    const owner = ownerOf(path);
    if (owner === undefined || owner.uid === process.getuid?.()) return undefined;
    return {
      code: 'AIB_STORE_OWNER',
      what: `A part of the store belongs to ${owner.user} and is not writable for this user`,
      where: path,
      got: `${owner.user}, ${owner.group}, mode ${owner.mode}; the present user is ${ourName()}`,
      hint: remedy(store, owner),
    };
  }
  return undefined;
}

/** Outermost first. */
function* writtenPlaces(store: string): Generator<string> {
  if (!existsSync(store)) return;
  yield store;
  for (const name of FILES) if (existsSync(join(store, name))) yield join(store, name);
  for (const [name, depth] of FOLDERS) if (existsSync(join(store, name))) yield* foldersBelow(join(store, name), depth);
}

function* foldersBelow(folder: string, depth: number): Generator<string> {
  yield folder;
  // If `folder` is not writable, the caller has stopped at the yield above.
  if (depth === 0) return;
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) yield* foldersBelow(join(folder, entry.name), depth - 1);
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.R_OK);
    return true;
  } catch (error) {
    // Other errors, such as a read-only mount, are not about users.
    return !(error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM'));
  }
}

function remedy(store: string, owner: Owner): string {
  const own = ownerOf(store);
  if (own !== undefined && own.uid === process.getuid?.() && !isShared(store))
    return `take ownership: sudo chown -R ${own.uid}:${own.gid} ${store}`;
  const elsewhere = 'or use a store of your own with --cache DIR';
  if (!isShared(store))
    return `ask ${owner.user} to set cache_shared = group in aib.local.conf and to run a build; ${elsewhere}`;
  if (own !== undefined && !isMember(own.gid)) return `join ${own.group}; ${elsewhere}`;
  return `ask ${owner.user} to give it to the group: chgrp -R ${own?.gid ?? 'GROUP'} ${store} && chmod -R g+rwX ${store}; ${elsewhere}`;
}

function ourName(): string {
  try {
    return userInfo().username;
  } catch {
    // The user has no line in /etc/passwd.
    return `user ${process.getuid?.()}`;
  }
}
