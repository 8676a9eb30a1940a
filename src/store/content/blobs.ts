/**
 * Content-addressed files below `.cache/blobs/`. A blob gets its name only when it is complete: it is written to `.cache/tmp/` while being
 * hashed, fsynced, made read-only, renamed. A blob is never written again; a program that needs to write gets a copy.
 *
 * A blob is present if it has the stat tuple that was recorded when it was made. If the tuple differs, the content is hashed again; a blob
 * with wrong bytes is removed, so that it is missing and its node runs again.
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
  /** The device of the folder for temporary files. */
  #device: number | undefined;
  readonly #damaged: string;
  readonly #rows: BlobRows;
  /** Lets other work run between synchronous reads of small blobs. */
  readonly #breathe = breather();
  /** Sizes of blobs that this process has checked, by hash; below, directories that it has checked with all their content. */
  readonly #checked = new Map<string, number>();
  readonly #checkedTrees = new Set<string>();
  /** Checks in progress, so that the same gigabytes are not read twice at the same time. */
  readonly #checking = new Map<string, Promise<BlobState>>();

  constructor(options: {
    readonly folder: string;
    readonly temporary: string;
    /** The folder for blobs with wrong bytes. */
    readonly damaged: string;
    readonly database: Database;
  }) {
    this.#folder = options.folder;
    this.#temporary = options.temporary;
    this.#damaged = options.damaged;
    this.#rows = new BlobRows(options.database);
  }

  /** The file of a present blob; read-only. */
  path(digest: Digest): string {
    // Not join(), which would take as long as the lstat that usually follows.
    return `${this.#folder}/${digest.hash.slice(0, 2)}/${digest.hash}`;
  }

  /** The tuple of the file when it was last known to be correct. */
  recordedTuple(digest: Digest): StatTuple | undefined {
    return this.#rows.get(digest.hash)?.stat;
  }

  /** Names of the blobs that this process found intact or made. */
  get touched(): ReadonlySet<string> {
    return new Set(this.#checked.keys());
  }

  /**
   * True if the artifact was checked before, or a file has the recorded tuple; reads no content. If false, the artifact may still be
   * intact: see `check`.
   */
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

  /** A directory is present if its message and everything in it are present. */
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

  /** The result of `check` for a file or folder, without any change: removes and records nothing. */
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
      // No fingerprint: it is small enough to be hashed in full.
      this.#publish(temporary, digest, null);
    } catch (error) {
      discard(temporary);
      throw error;
    }
    return digest;
  }

  /** Moves a finished file into the store; afterwards `path` is gone. It is copied only if it is on another filesystem. */
  async adopt(path: string, signal?: AbortSignal): Promise<Digest> {
    // Must be first: the command may have left a file that its owner cannot read.
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

  /** Only for blobs that no record needs any more. The rows are deleted last: a row without a file has no effect. */
  remove(hashes: readonly Sha256[]): void {
    for (const hash of hashes) rmSync(this.path({ hash, size: 0 }), { force: true });
    this.#forget(hashes);
  }

  /** Moves blobs with wrong bytes away. They are kept, because the check itself may have been wrong. */
  moveAside(hashes: readonly Sha256[]): void {
    if (hashes.length === 0) return;
    mkdirSync(this.#damaged, { recursive: true });
    for (const hash of hashes) renameSync(this.path({ hash, size: 0 }), join(this.#damaged, hash));
    this.#forget(hashes);
  }

  /** The xxh64 that was computed when the blob was written; undefined for a small or an old blob. */
  fingerprint(hash: Sha256): string | undefined {
    return this.#rows.get(hash)?.xxh64 ?? undefined;
  }

  /** True if the row of a blob is damaged. */
  isMisrecorded(hash: Sha256): boolean {
    return this.#rows.isDamaged(hash);
  }

  /** Writes the row of a blob again after its bytes were found to be correct. */
  record(digest: Digest, xxh64: string | null): void {
    this.#rows.put({ hash: digest.hash, stat: statTuple(this.path(digest)), size: digest.size, xxh64 });
  }

  /** Total bytes of all blobs that the database knows. */
  get recordedBytes(): number {
    return this.#rows.bytes;
  }

  /** A unique path on the same filesystem as the blobs. */
  temporaryPath(): string {
    return join(this.#temporary, randomUUID());
  }

  #publish(temporary: string, digest: Digest, xxh64: string | null): void {
    const target = this.path(digest);
    mkdirSync(dirname(target), { recursive: true });
    // The folder is not synced, which would take as long as the blob itself: if a power cut loses the name, the blob is missing, and its
    // node makes it again. Only the content under a name must be correct.
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
    // If the row cannot be written, the blob is only read again later.
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

/**
 * The state of a file, from its bytes. It is damaged also if it is not a file, or if the disk cannot read it. With the right hash and
 * another size the digest is wrong, not the file: no content can match it.
 */
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

/** Breaks hard links: a program could write to the blob through another name of the same file. */
async function unshare(path: string, temporary: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await copyContent(path, temporary, signal);
    renameSync(temporary, path);
  } catch (error) {
    discard(temporary);
    throw error;
  }
}
