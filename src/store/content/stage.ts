/**
 * Copies artifacts from the store into a folder where a program may change them, and stores output folders. Never links (blocks are shared
 * if the filesystem supports it): through a link a program could write to a blob.
 */
import { chmod, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Failure, internal } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { BlobStore } from './blobs.ts';
import { copyContent } from './copy-content.ts';
import type { Digest } from './digest.ts';
import { decodeDirectory, type EncodedTree, type Entry, encodeTree, treeDigest } from './directory.ts';

/** Writes one file; its times are those of the copy. Rejects with the signal's reason when aborted, as all functions here do. */
export async function stageFile(
  blobs: BlobStore,
  digest: Digest,
  target: string,
  executable: boolean,
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await copyContent(blobs.path(digest), target, signal);
  await chmod(target, executable ? 0o755 : 0o644);
}

export async function stageDirectory(
  blobs: BlobStore,
  digest: Digest,
  target: string,
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const [name, entry] of await readDirectory(blobs, digest)) {
    const path = join(target, name);
    if (entry.type === 'directory') await stageDirectory(blobs, entry.digest, path, signal);
    else if (entry.type === 'symlink') await symlink(entry.target, path);
    else await stageFile(blobs, entry.digest, path, entry.executable, signal);
  }
}

/** The entries of a present directory. */
async function readDirectory(blobs: BlobStore, digest: Digest): Promise<ReadonlyMap<string, Entry>> {
  const entries = decodeDirectory(await blobs.read(digest));
  if (entries === undefined) throw internal(`${digest.hash} is not a Directory message`);
  return entries;
}

/**
 * Stores every file below a folder on the store's filesystem, and the Directory messages that name them; the folder is consumed. A folder
 * with something that a Directory message cannot express is rejected as a whole, and stays unchanged.
 */
export async function adoptDirectory(
  blobs: BlobStore,
  folder: string,
  signal?: AbortSignal,
): Promise<Result<{ readonly digest: Digest; readonly tree: Digest }>> {
  const found: Found[] = [];
  const odd = await walk(folder, '', found);
  if (odd !== undefined) return fail(odd);
  const tree = new Map<string, Entry>();
  for (const { path, executable } of found) {
    const full = join(folder, path);
    if (executable === undefined) tree.set(path, { type: 'symlink', target: await readlink(full) });
    else tree.set(path, { type: 'file', executable, digest: await blobs.adopt(full, signal) });
  }
  const encoded = encodeTree(tree);
  return ok({ digest: putMessages(blobs, encoded), tree: treeDigest(encoded) });
}

/** Stores the Directory messages of a tree; its files must be in the store already. */
export function putTree(blobs: BlobStore, tree: ReadonlyMap<string, Entry>): Digest {
  return putMessages(blobs, encodeTree(tree));
}

function putMessages(blobs: BlobStore, { root, messages }: EncodedTree): Digest {
  for (const { bytes } of messages) blobs.putBytes(bytes);
  return root;
}

interface Found {
  readonly path: string;
  /** Undefined for a symbolic link. */
  readonly executable: boolean | undefined;
}

/**
 * Finds files and symlinks below a folder, depth first, by name. Ignores empty folders, as git does. Returns a failure for anything else.
 */
async function walk(folder: string, prefix: string, found: Found[]): Promise<Failure | undefined> {
  const here = join(folder, prefix);
  await chmod(here, 0o700);
  const names = await readdir(here, { encoding: 'buffer' });
  for (const bytes of names.sort(Buffer.compare)) {
    const name = bytes.toString('utf8');
    const path = prefix === '' ? name : `${prefix}/${name}`;
    if (!Buffer.from(name).equals(bytes)) return unstorable(path, 'a name that is not UTF-8');
    const stats = await lstat(join(here, name));
    if (stats.isDirectory()) {
      const odd = await walk(folder, path, found);
      if (odd !== undefined) return odd;
    } else if (stats.isSymbolicLink()) found.push({ path, executable: undefined });
    else if (stats.isFile()) found.push({ path, executable: (stats.mode & 0o100) !== 0 });
    else return unstorable(path, 'a device, pipe or socket');
  }
  return undefined;
}

function unstorable(where: string, got: string): Failure {
  return {
    code: 'AIB_OUTPUT_UNSTORABLE',
    what: 'An output folder may contain only files, folders and symbolic links, with names in UTF-8',
    where,
    got,
  };
}
