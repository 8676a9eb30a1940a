/**
 * Sends results to the places of a cache while the build goes on. Never sends a result whose inputs or outputs are no longer those of its
 * action. Files are streamed: at most a few MiB of them are in memory, however large they are and however many wait.
 *
 *     first the blobs: output files, trees, the Action and its Command; then the ActionResult, which names them
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { MadeResult } from '../../engine/build/remote-cache.ts';
import type { Artifact } from '../../store/content/artifact.ts';
import { type Digest, digestOf } from '../../store/content/digest.ts';
import { decodeDirectory, type EncodedTree, treeMessage } from '../../store/content/directory.ts';
import { statTuple } from '../../store/content/stat-tuple.ts';
import type { Store } from '../../store/store.ts';
import { internal } from '../../util/failure.ts';
import { treeFault } from '../messages/output-tree.ts';
import type { Bytes, Content } from '../places/cache-place.ts';
import type { CacheMember } from './cache-member.ts';
import { encodeStoredResult, type StoredOutput } from './stored-result.ts';

/** Results that are sent at a time; each has one file open. */
const PARALLEL = 2;
/** Bytes of a file that are read at a time. */
const CHUNK = 1 << 20;

export interface UploadProgress {
  /** Results that are not sent yet. */
  readonly waiting: number;
  /** Results that are completely sent. */
  readonly sent: number;
  /** Bytes that were sent. */
  readonly bytes: number;
}

/** A blob of a result: a file of the store, or a message. */
type Blob = { readonly digest: Digest; readonly bytes?: Buffer };

export class Uploads {
  readonly #store: Store;
  readonly #members: readonly CacheMember[];
  readonly #queue: MadeResult[] = [];
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #sent = 0;
  #bytes = 0;
  /** The first bug; thrown by `finish`, so that it does not end the build. */
  #bug: { readonly error: unknown } | undefined;

  constructor(store: Store, members: readonly CacheMember[]) {
    this.#store = store;
    this.#members = members;
  }

  get progress(): UploadProgress {
    return { waiting: this.#queue.length + this.#running.size, sent: this.#sent, bytes: this.#bytes };
  }

  add(made: MadeResult): void {
    if (this.#stop.signal.aborted || !this.#members.some(({ takesResults }) => takesResults)) return;
    this.#queue.push(made);
    this.#start();
  }

  /** Resolves when everything is sent, or at once when the signal is aborted: what is not sent then is dropped. */
  async finish(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.stop();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    const stopped = Promise.withResolvers<void>();
    this.#stop.signal.addEventListener('abort', () => stopped.resolve());
    if (this.#stop.signal.aborted) stopped.resolve();
    while (this.#running.size > 0 && !this.#stop.signal.aborted)
      await Promise.race([...this.#running, stopped.promise]);
    signal.removeEventListener('abort', stop);
    if (this.#bug !== undefined) throw this.#bug.error;
  }

  /** Drops what is not sent. */
  stop(): void {
    this.#queue.length = 0;
    this.#stop.abort();
  }

  #start(): void {
    while (this.#running.size < PARALLEL) {
      const made = this.#queue.shift();
      if (made === undefined) return;
      const run: Promise<void> = this.#send(made)
        .catch(error => {
          // A result that is not sent is missing in the cache, which may lose results at any time.
          const isExpected = this.#stop.signal.aborted || error instanceof Unsendable || isOfSystem(error);
          if (!isExpected) this.#bug ??= { error };
        })
        .finally(() => {
          this.#running.delete(run);
          this.#start();
        });
      this.#running.add(run);
    }
  }

  async #send(made: MadeResult): Promise<void> {
    if (!(await this.#areUnchanged(made.encoded.spec.inputs.values()))) return;
    const { outputs, blobs } = await this.#describe(made);
    const { action, command, key } = made.encoded;
    const result = encodeStoredResult(outputs, made.duration);
    let isSent = false;
    for (const member of this.#members) {
      if (!member.takesResults) continue;
      const ready = await this.#sendBlobs(member, [...blobs, command, action]);
      isSent = (ready && (await this.#put(member, 'ac', { hash: key, size: 0 }, contentOf(result)))) || isSent;
    }
    if (isSent) this.#sent += 1;
  }

  async #sendBlobs(member: CacheMember, blobs: readonly Blob[]): Promise<boolean> {
    const { signal } = this.#stop;
    for (const { digest, bytes } of blobs) {
      if (digest.size === 0) continue;
      const isThere = await member.ask(place => place.contains(digest, signal), signal);
      if (isThere === true) continue;
      if (!member.takesResults) return false;
      const content = bytes === undefined ? fileContent(this.#store.blobs.path(digest), digest) : contentOf(bytes);
      if (!(await this.#put(member, 'cas', digest, content))) return false;
    }
    return true;
  }

  async #put(member: CacheMember, shelf: 'ac' | 'cas', { hash }: Digest, content: Content): Promise<boolean> {
    const { signal } = this.#stop;
    const done = await member.ask(async place => {
      await place.put(shelf, hash, content, signal);
      return true;
    }, signal);
    if (done !== true) return false;
    this.#bytes += content.size;
    return true;
  }

  async #describe({ encoded, outputs }: MadeResult): Promise<{ outputs: StoredOutput[]; blobs: Blob[] }> {
    const stored: StoredOutput[] = [];
    const blobs: Blob[] = [];
    for (const [name, { type, path }] of Object.entries(encoded.spec.outputs)) {
      const artifact = outputs[name];
      if (artifact === undefined) throw internal(`a result without its output ${name}`);
      const { digest, executable = false } = artifact;
      if (type === 'file') {
        stored.push({ type, path, digest, executable });
        blobs.push({ digest });
        continue;
      }
      const folder = await this.#treeOf(digest);
      // Other machines would refuse it.
      if (treeFault(folder.tree) !== undefined) throw new Unsendable();
      const message = treeMessage(folder.tree);
      const tree = digestOf(message);
      stored.push({ type, path, tree, root: digest });
      blobs.push(...folder.files, ...folder.tree.messages, { digest: tree, bytes: message });
    }
    return { outputs: stored, blobs };
  }

  /** The folder's lists, and the files in it. */
  async #treeOf(root: Digest): Promise<{ readonly tree: EncodedTree; readonly files: readonly Blob[] }> {
    const messages = new Map<string, EncodedTree['messages'][number]>();
    const files = new Map<string, Blob>();
    const walk = async (digest: Digest): Promise<void> => {
      if (messages.has(digest.hash)) return;
      const bytes = await this.#store.blobs.read(digest);
      messages.set(digest.hash, { digest, bytes });
      for (const entry of decodeDirectory(bytes)?.values() ?? []) {
        if (entry.type === 'directory') await walk(entry.digest);
        else if (entry.type === 'file') files.set(entry.digest.hash, { digest: entry.digest });
      }
    };
    await walk(root);
    return { tree: { root, messages: [...messages.values()] }, files: [...files.values()] };
  }

  /** Whether the files of the store are still those that were checked before the action ran. */
  async #areUnchanged(inputs: Iterable<Artifact>): Promise<boolean> {
    for (const { type, digest } of inputs) {
      if (!this.#isUnchanged(digest)) return false;
      if (type === 'file') continue;
      const { tree, files } = await this.#treeOf(digest);
      if (![...tree.messages, ...files].every(blob => this.#isUnchanged(blob.digest))) return false;
    }
    return true;
  }

  #isUnchanged(digest: Digest): boolean {
    const { blobs } = this.#store;
    return blobs.recordedTuple(digest) === statTuple(blobs.path(digest));
  }
}

/** A result that cannot be shared, or whose bytes are no longer there. */
class Unsendable extends Error {}

function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

function contentOf(bytes: Buffer): Content {
  return {
    size: bytes.byteLength,
    read: async function* read() {
      yield bytes;
    },
  };
}

function fileContent(path: string, digest: Digest): Content {
  return { size: digest.size, read: () => checkedFile(path, digest) };
}

/** The last part is held back until all bytes are checked, so that a damaged file is never complete at the other end. */
async function* checkedFile(path: string, digest: Digest): Bytes {
  const hash = createHash('sha256');
  let size = 0;
  let last: Buffer | undefined;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.byteLength;
      if (last !== undefined) yield last;
      last = chunk;
    }
  } catch {
    throw new Unsendable('the file is gone');
  }
  if (size !== digest.size || hash.digest('hex') !== digest.hash) throw new Unsendable('the file has changed');
  if (last !== undefined) yield last;
}
