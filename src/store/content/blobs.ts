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
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { copyFile, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { discard } from '../../util/remove-tree.ts';
import type { Database, Statement } from '../database/database.ts';
import { Lookup } from '../database/lookup.ts';
import { ifThereIsRoom } from '../database/store-failure.ts';
import type { Artifact } from './artifact.ts';
import { type Digest, digestOf, digestOfFile, type Sha256, sameDigest } from './digest.ts';
import { decodeDirectory } from './directory.ts';
import { fingerprintFile } from './fingerprint.ts';
import { ABSENT, type StatTuple, statTuple } from './stat-tuple.ts';

export type BlobState = 'present' | 'missing' | 'damaged';

export class BlobStore {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #tuples: Lookup<{ readonly hash: string; readonly stat: StatTuple }>;
  readonly #insertTuple: Statement<[string, string, number, string | null]>;
  readonly #updateTuple: Statement<[string, number, string]>;
  readonly #selectFingerprint: Statement<[string], { readonly xxh64: string | null }>;
  readonly #sum: Statement<[], { readonly bytes: number | null }>;
  readonly #forget: (hashes: readonly Sha256[]) => void;
  /** Blobs already checked by this process, and directories of which all that they name was. */
  readonly #checked = new Set<string>();
  readonly #checkedTrees = new Set<string>();
  /** Checks under way: nobody reads the same gigabytes twice at the same time. */
  readonly #checking = new Map<string, Promise<BlobState>>();

  constructor(options: { readonly folder: string; readonly temporary: string; readonly database: Database }) {
    this.#folder = options.folder;
    this.#temporary = options.temporary;
    this.#tuples = new Lookup({
      database: options.database,
      one: 'SELECT hash, stat FROM blobs WHERE hash = ?',
      all: 'SELECT hash, stat FROM blobs',
      keyOf: ({ hash }) => hash,
    });
    this.#insertTuple = options.database.prepare(
      'INSERT OR REPLACE INTO blobs (hash, stat, size, xxh64) VALUES (?, ?, ?, ?)',
    );
    // The bytes are the same as before, and so is their fingerprint.
    this.#updateTuple = options.database.prepare(
      `INSERT INTO blobs (stat, size, hash) VALUES (?, ?, ?)
       ON CONFLICT (hash) DO UPDATE SET stat = excluded.stat, size = excluded.size`,
    );
    this.#selectFingerprint = options.database.prepare('SELECT xxh64 FROM blobs WHERE hash = ?');
    this.#sum = options.database.prepare('SELECT sum(size) AS bytes FROM blobs');
    const remove = options.database.prepare<[string]>('DELETE FROM blobs WHERE hash = ?');
    this.#forget = hashes =>
      options.database.transaction(() => {
        for (const hash of hashes) remove.run(hash);
      })();
  }

  /** Where the bytes of a present blob lie; for reading only. */
  path(digest: Digest): string {
    // Not join(), which would take as long as the lstat that mostly follows.
    return `${this.#folder}/${digest.hash.slice(0, 2)}/${digest.hash}`;
  }

  /** As the file was when it was last known to be right. */
  recordedTuple(digest: Digest): StatTuple | undefined {
    return this.#tuples.get(digest.hash)?.stat;
  }

  /** Names of the blobs that this process found whole or made. */
  get touched(): ReadonlySet<string> {
    return this.#checked;
  }

  async check(digest: Digest): Promise<BlobState> {
    if (this.#checked.has(digest.hash)) return 'present';
    if (this.#isRecorded(digest)) return 'present';
    const running = this.#checking.get(digest.hash);
    if (running !== undefined) return running;
    const check = this.#compare(digest).finally(() => this.#checking.delete(digest.hash));
    this.#checking.set(digest.hash, check);
    return check;
  }

  /** A directory is present if its message and everything it names is. */
  async checkDirectory(digest: Digest): Promise<BlobState> {
    if (this.#checkedTrees.has(digest.hash)) return 'present';
    const state = await this.check(digest);
    if (state !== 'present') return state;
    const entries = decodeDirectory(await this.read(digest));
    if (entries === undefined) return 'damaged';
    for (const entry of entries.values()) {
      if (entry.type === 'symlink') continue;
      const inner = entry.type === 'file' ? await this.check(entry.digest) : await this.checkDirectory(entry.digest);
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
    if (this.recordedTuple(digest) !== tuple && !(await holds(path, digest))) return 'damaged';
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

  /** Takes over a finished file of this store's own filesystem; afterwards `path` is gone. */
  async adopt(path: string): Promise<Digest> {
    // First of all: the command may have left a file that even its owner may not read.
    chmodSync(path, 0o444);
    if (lstatSync(path).nlink > 1) await unshare(path, this.temporaryPath());
    const { digest, xxh64 } = await fingerprintFile(path);
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

  /** Only for what no record needs any more. The rows go last: without a file they are nothing. */
  remove(hashes: readonly Sha256[]): void {
    for (const hash of hashes) {
      rmSync(this.path({ hash, size: 0 }), { force: true });
      this.#checked.delete(hash);
    }
    this.#checkedTrees.clear();
    this.#tuples.clear();
    this.#forget(hashes);
  }

  /** The xxh64 that was taken when the blob was written; undefined for a small or an old one. */
  fingerprint(hash: Sha256): string | undefined {
    return this.#selectFingerprint.get(hash)?.xxh64 ?? undefined;
  }

  /** Bytes of all blobs, as far as the database knows them. */
  get recordedBytes(): number {
    return this.#sum.get()?.bytes ?? 0;
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
    const tuple = statTuple(target);
    this.#insertTuple.run(digest.hash, tuple, digest.size, xxh64);
    this.#note(digest, tuple);
  }

  async #compare(digest: Digest): Promise<BlobState> {
    const path = this.path(digest);
    const tuple = statTuple(path);
    if (tuple === ABSENT) return 'missing';
    if (!(await holds(path, digest))) {
      await rm(path, { force: true, recursive: true });
      return 'damaged';
    }
    // What cannot be written down is only read again.
    ifThereIsRoom(() => this.#updateTuple.run(tuple, digest.size, digest.hash));
    this.#note(digest, tuple);
    return 'present';
  }

  #note({ hash }: Digest, stat: StatTuple): void {
    this.#tuples.set({ hash, stat });
    this.#checked.add(hash);
  }

  #isRecorded(digest: Digest): boolean {
    const tuple = statTuple(this.path(digest));
    const isThere = tuple !== ABSENT && this.recordedTuple(digest) === tuple;
    if (isThere) this.#checked.add(digest.hash);
    return isThere;
  }
}

/** False also for what is no file, and for one that the disk cannot read any more. */
async function holds(path: string, digest: Digest): Promise<boolean> {
  if (!lstatSync(path).isFile()) return false;
  try {
    return sameDigest(await digestOfFile(path), digest);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EIO') return false;
    throw error;
  }
}

/** Breaks hard links: through another name of the same file somebody could write to the blob. */
async function unshare(path: string, temporary: string): Promise<void> {
  try {
    await copyFile(path, temporary, constants.COPYFILE_FICLONE);
    renameSync(temporary, path);
  } catch (error) {
    discard(temporary);
    throw error;
  }
}
