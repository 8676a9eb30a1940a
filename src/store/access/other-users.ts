/**
 * Says before a build begins that it would meet files of another user: which, whose, and what to do. Looks at every place that a build writes to,
 * so that none is stopped half-way by the one folder that somebody's `sudo aib build` left. Never changes a right.
 */
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Failure } from '../../util/failure.ts';
import { isMember, type Owner, ownerOf } from '../../util/files/owner-of.ts';
import { isShared } from './share-store.ts';

/** Folders of a store that builds write to, and how far down. */
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
/** Written in place; all others are replaced. */
const FILES = ['aib.db', 'aib.db-wal', 'aib.db-shm', 'aib.db-journal', 'lock.db'];

/** Undefined if a build may write wherever it must, or if what keeps it from that is no matter of users. */
export function othersFile(store: string): Failure | undefined {
  for (const path of writtenPlaces(store)) {
    if (mayWrite(path)) continue;
    const owner = ownerOf(path);
    if (owner === undefined || owner.uid === process.getuid?.()) return undefined;
    return {
      code: 'AIB_STORE_OWNER',
      what: `A part of the store belongs to ${owner.user}, and this user may not write there`,
      where: path,
      got: `${owner.user}, ${owner.group}, mode ${owner.mode}; this is ${ourName()}`,
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
  // Whoever may not write there stops at what was given just now.
  if (depth === 0) return;
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) yield* foldersBelow(join(folder, entry.name), depth - 1);
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.R_OK);
    return true;
  } catch (error) {
    // Nobody may write to a disk that is mounted to be read.
    return !(error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM'));
  }
}

function remedy(store: string, owner: Owner): string {
  const own = ownerOf(store);
  if (own !== undefined && own.uid === process.getuid?.() && !isShared(store))
    return `take it back: sudo chown -R ${own.uid}:${own.gid} ${store}`;
  const elsewhere = 'or use a store of your own with --cache DIR';
  if (!isShared(store))
    return `let ${owner.user} share it, with cache_shared = group in aib.local.conf and a build; ${elsewhere}`;
  if (own !== undefined && !isMember(own.gid)) return `become a member of ${own.group}; ${elsewhere}`;
  return `let ${owner.user} give it to the group: chgrp -R ${own?.gid ?? 'GROUP'} ${store} && chmod -R g+rwX ${store}; ${elsewhere}`;
}

function ourName(): string {
  try {
    return userInfo().username;
  } catch {
    // One without a line in /etc/passwd.
    return `user ${process.getuid?.()}`;
  }
}
