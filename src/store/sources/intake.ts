/**
 * How facts of the outside world come into a graph: a build takes the bytes into its store, a question only looks at them. Both give the same
 * digests; the one that only looks never writes anything.
 */
import { readFileSync } from 'node:fs';
import { discard } from '../../util/files/remove-tree.ts';
import type { BlobStore } from '../content/blobs.ts';
import { copyContent } from '../content/copy-content.ts';
import { type Digest, digestOf, digestOfFile, sameDigest } from '../content/digest.ts';
import { encodeTree, type Tree } from '../content/directory.ts';
import { putTree } from '../content/stage.ts';
import type { SourceIndex } from './sources.ts';

/** Bytes of a file that may be held in memory. */
const SMALL = 1 << 20;
/** How often a file is copied that changes meanwhile. */
const MAX_COPIES = 5;

export interface Intake {
  /** A regular file, or the one that a link leads to. Throws what the filesystem throws if it cannot be read. */
  file(path: string): Promise<Digest>;
  bytes(content: string | Uint8Array): Digest;
  /** Whose files were taken in before. */
  tree(tree: Tree): Digest;
  /** Notes a folder whose names were read, or a place where nothing was found, for change detection. */
  watch(path: string): void;
}

/**
 * What a build takes. Actions read the store's copy, so a file edited while they run cannot reach them. Rejects with the signal's reason when
 * aborted.
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

/** The digest of a file whose bytes are in the store: they are copied first and hashed then, for the file may be edited in between. */
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
  throw new Error(`it was written to while it was copied, ${MAX_COPIES} times in a row`);
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

/** What a question takes: digests, and where the bytes are for whoever wants to show them. */
export class LookingIntake implements Intake {
  readonly #sources: SourceIndex | undefined;
  readonly #seen = new Map<string, Uint8Array | string>();

  /** Without sources each file is read. */
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
    // A question is over before anything that it read can change.
  }

  /** The file that was read for a digest. */
  pathOf(digest: Digest): string | undefined {
    const seen = this.#seen.get(digest.hash);
    return typeof seen === 'string' ? seen : undefined;
  }

  /** The bytes behind a digest that was given out; undefined for any other. */
  read(digest: Digest): Uint8Array | undefined {
    const seen = this.#seen.get(digest.hash);
    return typeof seen === 'string' ? readFileSync(seen) : seen;
  }
}
