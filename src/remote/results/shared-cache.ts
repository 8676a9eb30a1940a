/**
 * Results from other machines, from one or several places in order. Everything that comes from a place is checked; what is invalid is refused,
 * and the action runs here. A place that fails never makes the build fail, unless the user requires the cache.
 */
import { rm, writeFile } from 'node:fs/promises';
import type { FoundResult, MadeResult, RemoteCache } from '../../engine/build/remote-cache.ts';
import type { EncodedAction } from '../../engine/model/action-key.ts';
import type { Label } from '../../engine/model/graph.ts';
import { type Digest, digestOf, sameDigest } from '../../store/content/digest.ts';
import type { Store } from '../../store/store.ts';
import type { Failure } from '../../util/failure.ts';
import { readOutputTree } from '../messages/output-tree.ts';
import { type Bytes, type CachePlace, PlaceError } from '../places/cache-place.ts';
import { CacheMember } from './cache-member.ts';
import { type Fetched, fetchMessage, fetchToFile, mismatch } from './fetch-blob.ts';
import { readStoredResult, type StoredOutput } from './stored-result.ts';
import { Uploads } from './uploads.ts';

export interface SharedCacheOptions {
  readonly places: readonly { readonly place: CachePlace; readonly write: boolean }[];
  readonly store: Store;
  readonly accepts: (kind: string) => boolean;
  /** Receives one line for the user. */
  readonly tell: (line: string) => void;
  /** The build fails without the cache. */
  readonly required: boolean;
  readonly times?: Partial<Times>;
}

interface Times {
  /** Milliseconds for the whole answer about a result. */
  readonly answerMs: number;
  /** A download is not given up before this time: an action of milliseconds would have no chance. */
  readonly leastPatienceMs: number;
  /** Before the second try. */
  readonly pauseMs: number;
}

const TIMES: Times = { answerMs: 30_000, leastPatienceMs: 3_000, pauseMs: 500 };

/** Bytes of an ActionResult, and of the list of an output folder. */
const MOST_RESULT = 4 << 20;
const MOST_TREE = 64 << 20;

const EMPTY = digestOf('');
/** A digest of bytes that nobody stores. */
const NOBODY = digestOf('aib asks whether this cache answers');

export class SharedCache implements RemoteCache {
  readonly accepts: (kind: string) => boolean;
  readonly uploads: Uploads;
  readonly #options: SharedCacheOptions;
  readonly #times: Times;
  readonly #members: readonly CacheMember[];

  constructor(options: SharedCacheOptions) {
    const { places, tell, store, accepts } = options;
    this.#options = options;
    this.#times = { ...TIMES, ...options.times };
    this.accepts = accepts;
    const { pauseMs } = this.#times;
    this.#members = places.map(({ place, write }) => new CacheMember({ place, write, tell, pauseMs }));
    this.uploads = new Uploads(store, this.#members);
  }

  async find(action: EncodedAction, label: Label, signal: AbortSignal): Promise<FoundResult | undefined> {
    for (const member of this.#members) {
      const found = await this.#findAt(member, action, label, signal);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async contains(digest: Digest, signal: AbortSignal): Promise<boolean> {
    if (sameDigest(digest, EMPTY)) return true;
    for (const member of this.#members)
      if ((await member.ask(place => place.contains(digest, signal), signal)) === true) return true;
    return false;
  }

  async fetch(digest: Digest, file: string, signal: AbortSignal, patience?: number): Promise<boolean> {
    if (sameDigest(digest, EMPTY)) {
      await writeFile(file, '');
      return true;
    }
    for (const member of this.#members) {
      const fetched = await this.#fetchFrom(member, { digest, file, signal, patience });
      if (fetched === 'done') return true;
      await rm(file, { force: true });
      const name = `the blob ${digest.hash}`;
      if (fetched === 'slow') member.tooSlow(name);
      else if (fetched !== undefined) member.reject(name, fetched.invalid);
    }
    return false;
  }

  offer(made: MadeResult): void {
    this.uploads.add(made);
  }

  /** The names of the places. */
  get names(): readonly string[] {
    return this.#members.map(({ place }) => place.name);
  }

  /** Sends one small request to each place; `failure` has the result. */
  async probe(signal: AbortSignal): Promise<void> {
    for (const member of this.#members) await member.ask(place => place.get('cas', NOBODY.hash, signal), signal);
  }

  failure(): Failure | undefined {
    if (!this.#options.required) return undefined;
    return this.#members.find(({ failure }) => failure !== undefined)?.failure;
  }

  async #findAt(
    member: CacheMember,
    { key, spec }: EncodedAction,
    label: Label,
    signal: AbortSignal,
  ): Promise<FoundResult | undefined> {
    const what = `the result of ${label}`;
    const bytes = await this.#message(member, 'ac', { hash: key, most: MOST_RESULT }, signal);
    if (bytes === undefined) return undefined;
    if (!Buffer.isBuffer(bytes)) {
      member.reject(what, bytes.invalid);
      return undefined;
    }
    const result = readStoredResult(bytes, spec);
    if (!result.ok) {
      member.reject(what, result.error);
      return undefined;
    }
    const outputs: Record<string, FoundResult['outputs'][string]> = {};
    for (const [name, output] of result.value.outputs) {
      if (output.type === 'file') {
        const { type, path, digest, executable } = output;
        outputs[name] = { type, path, digest, ...(executable ? { executable } : {}) };
        continue;
      }
      const root = await this.#openTree(member, output, signal);
      if (root === undefined) return undefined;
      if ('invalid' in root) {
        member.reject(what, root.invalid);
        return undefined;
      }
      outputs[name] = { type: 'directory', path: output.path, digest: root, tree: output.tree };
    }
    const { duration } = result.value;
    return { outputs, from: member.place.name, ...(duration === undefined ? {} : { duration }) };
  }

  /** Stores the lists of an output folder; its files are fetched when they are needed. Undefined if the place does not have the tree. */
  async #openTree(
    member: CacheMember,
    { tree, root }: StoredOutput & { readonly type: 'directory' },
    signal: AbortSignal,
  ): Promise<Digest | { readonly invalid: string } | undefined> {
    const { blobs } = this.#options.store;
    const bytes = await this.#message(member, 'cas', { hash: tree.hash, most: Math.min(tree.size, MOST_TREE) }, signal);
    if (bytes === undefined || !Buffer.isBuffer(bytes)) return bytes;
    const wrong = mismatch(bytes, tree);
    if (wrong !== undefined) return { invalid: wrong };
    const folder = readOutputTree(bytes);
    if (!folder.ok) return { invalid: folder.error };
    if (root !== undefined && !sameDigest(root, folder.value.root))
      return { invalid: 'its folder has another digest than its tree' };
    for (const message of folder.value.messages) blobs.putBytes(message.bytes);
    return folder.value.root;
  }

  async #message(
    member: CacheMember,
    shelf: 'ac' | 'cas',
    { hash, most }: { readonly hash: EncodedAction['key']; readonly most: number },
    signal: AbortSignal,
  ): Promise<Buffer | { readonly invalid: string } | undefined> {
    const { answerMs } = this.#times;
    return member.ask(async place => {
      const limit = AbortSignal.timeout(answerMs);
      try {
        const bytes = await place.get(shelf, hash, AbortSignal.any([signal, limit]));
        return bytes === undefined ? undefined : await fetchMessage(bytes, most);
      } catch (error) {
        if (!limit.aborted || signal.aborted) throw error;
        throw new PlaceError('gone', `no complete answer within ${answerMs / 1_000} s`);
      }
    }, signal);
  }

  async #fetchFrom(
    member: CacheMember,
    {
      digest,
      file,
      signal,
      patience,
    }: { digest: Digest; file: string; signal: AbortSignal; patience?: number | undefined },
  ): Promise<Fetched | undefined> {
    const { leastPatienceMs } = this.#times;
    const limit = patience === undefined ? Number.POSITIVE_INFINITY : Math.max(patience, leastPatienceMs);
    const began = performance.now();
    return member.ask(async place => {
      await rm(file, { force: true });
      const end = new AbortController();
      const left = limit - (performance.now() - began);
      let isLate = false;
      const timer = Number.isFinite(left)
        ? setTimeout(() => {
            isLate = true;
            end.abort();
          }, left)
        : undefined;
      try {
        const bytes: Bytes | undefined = await place.get('cas', digest.hash, AbortSignal.any([signal, end.signal]));
        return bytes === undefined ? undefined : await fetchToFile(bytes, { digest, file, began, patience: limit });
      } catch (error) {
        if (!isLate || signal.aborted) throw error;
        return 'slow' as const;
      } finally {
        clearTimeout(timer);
        end.abort();
      }
    }, signal);
  }
}
