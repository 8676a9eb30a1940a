/**
 * Content-addressed files below `.cache/blobs/`. A blob appears under its name only when it is whole: written to `.cache/tmp/` while being
 * hashed, fsynced, made read-only, renamed. Nothing ever writes to a blob again; whoever needs a writable copy gets a copy.
 *
 * Presence is the stat tuple recorded when the blob was made. If the tuple differs the content is hashed again; a blob whose bytes are
 * wrong is removed, which makes it missing, which makes its node run again.
 */
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { breather } from '../../util/breather.ts';
import { discard } from '../../util/files/remove-tree.ts';
import type { Database } from '../database/database.ts';
import { ifThereIsRoom } from '../database/store-failure.ts';
import type { Artifact } from './artifact.ts';
import { BlobRows } from './blob-rows.ts';
import { copyContent } from './copy-content.ts';
import { type Digest, digestOf, digestOfFile, type Sha256, sameDigest } from './digest.ts';
import { decodeDirectory } from './directory.ts';
import { fingerprintFile } from './fingerprint.ts';
import { ABSENT, type StatTuple, statTuple } from './stat-tuple.ts';

export type BlobState = 'present' | 'missing' | 'damaged';

export class BlobStore {
  readonly #folder: string;
  readonly #temporary: string;
  /** Of the folder that everything comes through. */
  #device: number | undefined;
  readonly #damaged: string;
  readonly #rows: BlobRows;
  /** Small blobs are read without waiting for anything. */
  readonly #breathe = breather();
  /** Sizes of blobs that this process has checked, by hash, and directories of which all that they name was. */
  readonly #checked = new Map<string, number>();
  readonly #checkedTrees = new Set<string>();
  /** Checks under way: nobody reads the same gigabytes twice at the same time. */
  readonly #checking = new Map<string, Promise<BlobState>>();

  constructor(options: {
    readonly folder: string;
    readonly temporary: string;
    /** Where a blob goes whose bytes are wrong. */
    readonly damaged: string;
    readonly database: Database;
  }) {
    this.#folder = options.folder;
    this.#temporary = options.temporary;
    this.#damaged = options.damaged;
    this.#rows = new BlobRows(options.database);
  }

  /** Where the bytes of a present blob lie; for reading only. */
  path(digest: Digest): string {
    // Not join(), which would take as long as the lstat that mostly follows.
    return `${this.#folder}/${digest.hash.slice(0, 2)}/${digest.hash}`;
  }

  /** As the file was when it was last known to be right. */
  recordedTuple(digest: Digest): StatTuple | undefined {
    return this.#rows.get(digest.hash)?.stat;
  }

  /** Names of the blobs that this process found whole or made. */
  get touched(): ReadonlySet<string> {
    return new Set(this.#checked.keys());
  }

  /** True if an artifact is known to be whole, or a file is by its tuple; nothing is read. What is not may be all the same: see `check`. */
  holds({ type, digest }: Pick<Artifact, 'type' | 'digest'>): boolean {
    if (type === 'directory') return this.#checkedTrees.has(digest.hash);
    const size = this.#checked.get(digest.hash);
    return size === undefined ? this.#isRecorded(digest) : size === digest.size;
  }

  /** Rejects with the signal's reason when aborted, as `checkDirectory` and `adopt` do. */
  async check(digest: Digest, signal?: AbortSignal): Promise<BlobState> {
    const size = this.#checked.get(digest.hash);
    if (size !== undefined) return size === digest.size ? 'present' : 'missing';
    if (this.#isRecorded(digest)) return 'present';
    const running = this.#checking.get(digest.hash);
    if (running !== undefined) return running;
    const check = this.#compare(digest, signal).finally(() => this.#checking.delete(digest.hash));
    this.#checking.set(digest.hash, check);
    return check;
  }

  /** A directory is present if its message and everything it names is. */
  async checkDirectory(digest: Digest, signal?: AbortSignal): Promise<BlobState> {
    if (this.#checkedTrees.has(digest.hash)) return 'present';
    const state = await this.check(digest, signal);
    if (state !== 'present') return state;
    const entries = decodeDirectory(await this.read(digest));
    if (entries === undefined) return 'damaged';
    for (const entry of entries.values()) {
      if (entry.type === 'symlink') continue;
      const inner =
        entry.type === 'file'
          ? await this.check(entry.digest, signal)
          : await this.checkDirectory(entry.digest, signal);
      if (inner !== 'present') return inner;
    }
    this.#checkedTrees.add(digest.hash);
    return 'present';
  }

  /** What `check` would say of a file or folder, for whoever only asks: removes and notes nothing. */
  async inspect({ type, digest }: Pick<Artifact, 'type' | 'digest'>): Promise<BlobState> {
    const path = this.path(digest);
    const tuple = statTuple(path);
    if (tuple === ABSENT) return 'missing';
    if (!this.#isRecordedAs(digest, tuple)) {
      const state = await stateOf(path, digest);
      if (state !== 'present') return state;
    }
    if (type === 'file') return 'present';
    const entries = decodeDirectory(await this.read(digest));
    if (entries === undefined) return 'damaged';
    for (const entry of entries.values()) {
      const state = entry.type === 'symlink' ? 'present' : await this.inspect(entry);
      if (state !== 'present') return state;
    }
    return 'present';
  }

  async read(digest: Digest): Promise<Buffer> {
    const file = await open(this.path(digest));
    try {
      return await file.readFile();
    } finally {
      await file.close();
    }
  }

  putBytes(content: string | Uint8Array): Digest {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const digest = digestOf(bytes);
    if (this.#isRecorded(digest)) return digest;
    const temporary = this.temporaryPath();
    try {
      const file = openSync(temporary, 'wx');
      try {
        for (let written = 0; written < bytes.byteLength; ) written += writeSync(file, bytes, written);
        fchmodSync(file, 0o444);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      // Small enough to be hashed in full by whoever wants to be sure.
      this.#publish(temporary, digest, null);
    } catch (error) {
      discard(temporary);
      throw error;
    }
    return digest;
  }

  /** Takes over a finished file; afterwards `path` is gone. It is copied only if it lies on another filesystem. */
  async adopt(path: string, signal?: AbortSignal): Promise<Digest> {
    // First of all: the command may have left a file that even its owner may not read.
    chmodSync(path, 0o444);
    const { dev, nlink } = lstatSync(path);
    this.#device ??= lstatSync(this.#temporary).dev;
    if (dev !== this.#device) return this.#adoptFromAfar(path, signal);
    if (nlink > 1) await unshare(path, this.temporaryPath(), signal);
    const { digest, xxh64 } = await fingerprintFile(path, signal);
    if (this.#isRecorded(digest)) {
      rmSync(path, { force: true });
      return digest;
    }
    const file = await open(path, 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    this.#publish(path, digest, xxh64);
    return digest;
  }

  async #adoptFromAfar(path: string, signal?: AbortSignal): Promise<Digest> {
    const near = this.temporaryPath();
    try {
      await copyContent(path, near, signal);
      const digest = await this.adopt(near, signal);
      rmSync(path, { force: true });
      return digest;
    } finally {
      discard(near);
    }
  }

  /** Only for what no record needs any more. The rows go last: without a file they are nothing. */
  remove(hashes: readonly Sha256[]): void {
    for (const hash of hashes) rmSync(this.path({ hash, size: 0 }), { force: true });
    this.#forget(hashes);
  }

  /** Takes blobs out of use whose bytes are not those of their names. They are kept: whoever found that may have been wrong. */
  moveAside(hashes: readonly Sha256[]): void {
    if (hashes.length === 0) return;
    mkdirSync(this.#damaged, { recursive: true });
    for (const hash of hashes) renameSync(this.path({ hash, size: 0 }), join(this.#damaged, hash));
    this.#forget(hashes);
  }

  /** The xxh64 that was taken when the blob was written; undefined for a small or an old one. */
  fingerprint(hash: Sha256): string | undefined {
    return this.#rows.get(hash)?.xxh64 ?? undefined;
  }

  /** True if what is on record of a blob is not what was written there. */
  isMisrecorded(hash: Sha256): boolean {
    return this.#rows.isDamaged(hash);
  }

  /** Writes down again what is known of a blob whose bytes were found to be right. */
  record(digest: Digest, xxh64: string | null): void {
    this.#rows.put({ hash: digest.hash, stat: statTuple(this.path(digest)), size: digest.size, xxh64 });
  }

  /** Bytes of all blobs, as far as the database knows them. */
  get recordedBytes(): number {
    return this.#rows.bytes;
  }

  /** A name that nothing else uses, on the same filesystem as the blobs. */
  temporaryPath(): string {
    return join(this.#temporary, randomUUID());
  }

  #publish(temporary: string, digest: Digest, xxh64: string | null): void {
    const target = this.path(digest);
    mkdirSync(dirname(target), { recursive: true });
    // The folder is not synced, which would take as long as the blob itself: a name that a power cut takes is a blob that is missing, and
    // that its node makes again. Only what stands under a name must be right.
    renameSync(temporary, target);
    this.record(digest, xxh64);
    this.#checked.set(digest.hash, digest.size);
  }

  async #compare(digest: Digest, signal: AbortSignal | undefined): Promise<BlobState> {
    const path = this.path(digest);
    const tuple = statTuple(path);
    if (tuple === ABSENT) return 'missing';
    await this.#breathe();
    const state = await stateOf(path, digest, signal);
    if (state === 'damaged') await rm(path, { force: true, recursive: true });
    if (state !== 'present') return state;
    // The bytes are the same as before, and so is their fingerprint.
    const xxh64 = this.#rows.get(digest.hash)?.xxh64 ?? null;
    // What cannot be written down is only read again.
    ifThereIsRoom(() => this.#rows.put({ hash: digest.hash, stat: tuple, size: digest.size, xxh64 }));
    this.#checked.set(digest.hash, digest.size);
    return 'present';
  }

  #forget(hashes: readonly Sha256[]): void {
    for (const hash of hashes) this.#checked.delete(hash);
    this.#checkedTrees.clear();
    this.#rows.remove(hashes);
  }

  #isRecorded(digest: Digest): boolean {
    const tuple = statTuple(this.path(digest));
    const isThere = tuple !== ABSENT && this.#isRecordedAs(digest, tuple);
    if (isThere) this.#checked.set(digest.hash, digest.size);
    return isThere;
  }

  #isRecordedAs({ hash, size }: Digest, tuple: StatTuple): boolean {
    const row = this.#rows.get(hash);
    return row?.stat === tuple && row.size === size;
  }
}

/** False also for what is no file, and for one that the disk cannot read any more. */
/** Of a file, by its bytes. With the right hash and another size the digest is wrong, not the file: nobody has what it names. */
async function stateOf(path: string, digest: Digest, signal?: AbortSignal): Promise<BlobState> {
  if (!lstatSync(path).isFile()) return 'damaged';
  try {
    const actual = await digestOfFile(path, signal);
    if (sameDigest(actual, digest)) return 'present';
    return actual.hash === digest.hash ? 'missing' : 'damaged';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EIO') return 'damaged';
    throw error;
  }
}

/** Breaks hard links: through another name of the same file somebody could write to the blob. */
async function unshare(path: string, temporary: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await copyContent(path, temporary, signal);
    renameSync(temporary, path);
  } catch (error) {
    discard(temporary);
    throw error;
  }
}
