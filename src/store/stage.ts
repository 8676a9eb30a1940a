/**
 * Copies artifacts out of the store into a folder where a program may do what it likes with them, and takes folders in. Always copies
 * (sharing blocks where the filesystem can): a link would let a program write through to a blob.
 */
import { constants } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { internal } from '../util/failure.ts';
import type { BlobStore } from './blobs.ts';
import type { Digest } from './digest.ts';
import { decodeDirectory, type Entry, encodeTree } from './directory.ts';

/** Writes one file; times are those of the copy. */
export async function stageFile(blobs: BlobStore, digest: Digest, target: string, executable: boolean): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await copyFile(blobs.path(digest), target, constants.COPYFILE_FICLONE);
  await chmod(target, executable ? 0o755 : 0o644);
}

export async function stageDirectory(blobs: BlobStore, digest: Digest, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const [name, entry] of await readDirectory(blobs, digest)) {
    const path = join(target, name);
    if (entry.type === 'directory') await stageDirectory(blobs, entry.digest, path);
    else if (entry.type === 'symlink') await symlink(entry.target, path);
    else await stageFile(blobs, entry.digest, path, entry.executable);
  }
}

/** The entries of a present directory. */
export async function readDirectory(blobs: BlobStore, digest: Digest): Promise<ReadonlyMap<string, Entry>> {
  const entries = decodeDirectory(await blobs.read(digest));
  if (entries === undefined) throw internal(`${digest.hash} is not a Directory message`);
  return entries;
}

/** Stores every file below a folder of the store's own filesystem, which is consumed, and the Directory messages that name them. */
export async function adoptDirectory(blobs: BlobStore, folder: string): Promise<Digest> {
  const tree = new Map<string, Entry>();
  for (const path of await walk(folder, '')) {
    const full = join(folder, path);
    const stats = await lstat(full);
    if (stats.isSymbolicLink()) tree.set(path, { type: 'symlink', target: await readlink(full) });
    else tree.set(path, { type: 'file', executable: (stats.mode & 0o100) !== 0, digest: await blobs.adopt(full) });
  }
  return putTree(blobs, tree);
}

/** Stores the Directory messages of a tree whose files are in the store already. */
export function putTree(blobs: BlobStore, tree: ReadonlyMap<string, Entry>): Digest {
  const { root, messages } = encodeTree(tree);
  for (const { bytes } of messages) blobs.putBytes(bytes);
  return root;
}

/** Files and symlinks below a folder, depth first, by name. Empty folders do not count, as in git. */
async function walk(folder: string, prefix: string): Promise<string[]> {
  const paths: string[] = [];
  const entries = await readdir(join(folder, prefix), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) paths.push(...(await walk(folder, path)));
    else if (entry.isFile() || entry.isSymbolicLink()) paths.push(path);
  }
  return paths;
}
