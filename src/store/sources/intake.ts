/**
 * How files outside the graph get into it: a build stores their bytes, a query only reads them. Both return the same digests; the reading
 * one never writes anything.
 */
import { readFileSync } from 'node:fs';
import { discard } from '../../util/files/remove-tree.ts';
import type { BlobStore } from '../content/blobs.ts';
import { copyContent } from '../content/copy-content.ts';
import { type Digest, digestOf, digestOfFile, sameDigest } from '../content/digest.ts';
import { encodeTree, type Tree } from '../content/directory.ts';
import { putTree } from '../content/stage.ts';
import type { SourceIndex } from './sources.ts';

/** Files below this number of bytes are held in memory. */
const SMALL = 1 << 20;
/** The number of attempts to copy a file that changes during the copy. */
const MAX_COPIES = 5;

export interface Intake {
  /** A regular file, or the one that a link leads to. Throws the error of the filesystem if it cannot be read. */
  file(path: string): Promise<Digest>;
  bytes(content: string | Uint8Array): Digest;
  /** The files of the tree must have been added before. */
  tree(tree: Tree): Digest;
  /** Records a folder whose names were read, or a path where nothing was found, for change detection. */
  watch(path: string): void;
}

/**
 * The intake of a build. Actions read the store's copy, so an edit during the build cannot reach them. Rejects with the signal's reason
 * when aborted.
 */
export function storingIntake(
  store: { readonly blobs: BlobStore; readonly sources: SourceIndex },
  signal?: AbortSignal,
): Intake {
  const { blobs, sources } = store;
  return {
    file: path => keepFile(blobs, sources, path, signal),
    bytes: content => blobs.putBytes(content),
    tree: tree => putTree(blobs, tree),
    watch: path => sources.watch(path),
  };
}

/** Stores a file and returns its digest. The copy is hashed, not the file, because the file may be edited in between. */
async function keepFile(
  blobs: BlobStore,
  sources: SourceIndex,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Digest> {
  for (let copies = 0; copies < MAX_COPIES; copies += 1) {
    const digest = await sources.digest(path, signal);
    if ((await blobs.check(digest, signal)) === 'present') return digest;
    const kept = digest.size < SMALL ? blobs.putBytes(readFileSync(path)) : await adoptCopy(blobs, path, signal);
    if (sameDigest(kept, digest)) return digest;
  }
  throw new Error(`the file changed during the copy, ${MAX_COPIES} times in a row`);
}

async function adoptCopy(blobs: BlobStore, path: string, signal: AbortSignal | undefined): Promise<Digest> {
  const copy = blobs.temporaryPath();
  try {
    await copyContent(path, copy, signal);
    return await blobs.adopt(copy, signal);
  } catch (error) {
    discard(copy);
    throw error;
  }
}

/** The intake of a query: digests, and the paths of the files, so that their bytes can be shown. */
export class LookingIntake implements Intake {
  readonly #sources: SourceIndex | undefined;
  readonly #seen = new Map<string, Uint8Array | string>();

  /** Without `sources`, each file is read. */
  constructor(sources: SourceIndex | undefined) {
    this.#sources = sources;
  }

  async file(path: string): Promise<Digest> {
    const digest = this.#sources?.recall(path) ?? (await digestOfFile(path));
    this.#seen.set(digest.hash, path);
    return digest;
  }

  bytes(content: string | Uint8Array): Digest {
    const digest = digestOf(content);
    this.#seen.set(digest.hash, Buffer.from(content));
    return digest;
  }

  tree(tree: Tree): Digest {
    const { root, messages } = encodeTree(tree);
    for (const { digest, bytes } of messages) this.#seen.set(digest.hash, bytes);
    return root;
  }

  watch(): void {
    // A query is too short to check for changes during it.
  }

  /** The file that was read for a digest. */
  pathOf(digest: Digest): string | undefined {
    const seen = this.#seen.get(digest.hash);
    return typeof seen === 'string' ? seen : undefined;
  }

  /** The bytes of a digest that was returned before; undefined for any other. */
  read(digest: Digest): Uint8Array | undefined {
    const seen = this.#seen.get(digest.hash);
    return typeof seen === 'string' ? readFileSync(seen) : seen;
  }
}
