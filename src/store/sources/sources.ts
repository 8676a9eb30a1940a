/**
 * Digests of files that users edit, without reading those that did not change: compares the stat tuple, then xxh64, then SHA-256. Only the
 * SHA-256 ever reaches a key.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import xxhash, { type XXHashAPI } from 'xxhash-wasm';
import { breather } from '../../util/breather.ts';
import type { Digest, Sha256 } from '../content/digest.ts';
import { ABSENT, isRacy, type StatTuple, statTuple, UNKNOWN } from '../content/stat-tuple.ts';
import type { Database, Statement } from '../database/database.ts';
import { Lookup } from '../database/lookup.ts';
import { ifThereIsRoom } from '../database/store-failure.ts';
import { followLinks } from './follow-links.ts';

/** Bytes; a larger file is read in pieces of this size. */
const CHUNK = 1 << 20;
/** The number of attempts to read a file that changes meanwhile. */
const MAX_READS = 5;

interface Content {
  readonly xxh64: string;
  readonly sha256: string;
  readonly size: number;
}

interface Row extends Content {
  readonly stat: StatTuple;
  readonly scanned: number;
}

interface StoredRow extends Row {
  readonly path: string;
  /** CRC-32 of the rest and the path: a digest with a flipped bit would look like that of another file, and reach every key. */
  readonly crc: number;
}

export class SourceIndex {
  readonly #rows: Lookup<StoredRow>;
  readonly #insert: Statement<[StoredRow]>;
  readonly #now: () => number;
  readonly #seen = new Map<string, StatTuple>();
  /** Lets other work run between synchronous reads of small files. */
  readonly #breathe = breather();
  #makeHasher: XXHashAPI['create64'] | undefined;

  constructor(options: { readonly database: Database; readonly now: () => number }) {
    this.#rows = new Lookup({
      database: options.database,
      one: 'SELECT path, stat, scanned, xxh64, sha256, size, crc FROM sources WHERE path = ?',
      all: 'SELECT path, stat, scanned, xxh64, sha256, size, crc FROM sources',
      keyOf: ({ path }) => path,
    });
    this.#insert = options.database.prepare(
      `INSERT OR REPLACE INTO sources (path, stat, scanned, xxh64, sha256, size, crc)
       VALUES (@path, @stat, @scanned, @xxh64, @sha256, @size, @crc)`,
    );
    this.#now = options.now;
  }

  /** Every path that this process examined, with its tuple at that time; a null build compares these. */
  get seen(): ReadonlyMap<string, StatTuple> {
    return this.#seen;
  }

  /** Records a folder, whose tuple changes when something is added or removed, or a path where nothing exists. */
  watch(path: string): void {
    this.#see(path, statTuple(path));
  }

  /** A path that was seen in two states gets an unknown tuple: one of the sources that read it is out of date. */
  #see(path: string, stat: StatTuple): void {
    this.#seen.set(path, (this.#seen.get(path) ?? stat) === stat ? stat : UNKNOWN);
  }

  /** True if the tuple of an examined path has changed; its content may still be the same. */
  hasMoved(): boolean {
    for (const [path, tuple] of this.#seen) if (statTuple(path) !== tuple) return true;
    return false;
  }

  /**
   * The digest of a regular file, or of the one a link leads to. Throws the error of the filesystem if it cannot be read, and an error if
   * it keeps changing: a digest must be of bytes that existed at the same time. Rejects with the signal's reason when aborted.
   */
  async digest(path: string, signal?: AbortSignal): Promise<Digest> {
    for (let reads = 0; reads < MAX_READS; reads += 1) {
      signal?.throwIfAborted();
      const scanned = this.#now();
      const { file, stat } = this.#follow(path);
      const row = this.#row(file);
      if (row !== undefined && row.stat === stat && !isRacy(stat, row.scanned)) return digestOfRow(row);
      await this.#breathe();
      const content = await this.#hash(file, row, signal);
      if (statTuple(file) !== stat) continue;
      const next = { stat, scanned, ...content };
      // If the row cannot be written, the file is only read again later.
      ifThereIsRoom(() => this.#note({ path: file, ...next, crc: checkOf(file, next) }));
      return digestOfRow(content);
    }
    throw new Error(`the file changed while it was read, ${MAX_READS} times in a row`);
  }

  /** The digest of a file that has not changed since it was last read, without reading or recording anything; undefined for any other. */
  recall(path: string): Digest | undefined {
    const { file, stat } = endOf(followLinks(path));
    const row = this.#row(file);
    return row === undefined || row.stat !== stat || isRacy(row.stat, row.scanned) ? undefined : digestOfRow(row);
  }

  #note(row: StoredRow): void {
    this.#insert.run(row);
    this.#rows.set(row);
  }

  #row(file: string): Row | undefined {
    const row = this.#rows.get(file);
    return row !== undefined && row.crc === checkOf(file, row) ? row : undefined;
  }

  /** The target of a path's links. Each link is recorded too, because a changed link is a change even if no file was edited. */
  #follow(path: string): { readonly file: string; readonly stat: StatTuple } {
    const steps = followLinks(path);
    for (const [place, stat] of steps) this.#see(place, stat);
    return endOf(steps);
  }

  /** Computes SHA-256 only if size or fingerprint differ from the row. */
  async #hash(file: string, row: Row | undefined, signal: AbortSignal | undefined): Promise<Content> {
    const { size } = statSync(file);
    const pieces = size < CHUNK ? [readFileSync(file)] : undefined;
    const read = (): AsyncIterable<Buffer> | readonly Buffer[] => pieces ?? piecesOf(file, signal);
    if (row !== undefined && row.size === size) {
      const { xxh64 } = await this.#pass(read(), () => {});
      if (xxh64 === row.xxh64) return { xxh64, sha256: row.sha256, size };
    }
    // Both in one pass: two passes may see different bytes, and the two hashes would not match.
    const hash = createHash('sha256');
    const content = await this.#pass(read(), piece => hash.update(piece));
    return { ...content, sha256: hash.digest('hex') };
  }

  async #pass(
    pieces: AsyncIterable<Buffer> | readonly Buffer[],
    take: (piece: Buffer) => void,
  ): Promise<{ readonly xxh64: string; readonly size: number }> {
    this.#makeHasher ??= (await xxhash()).create64;
    const hasher = this.#makeHasher();
    let size = 0;
    for await (const piece of pieces) {
      hasher.update(piece);
      take(piece);
      size += piece.byteLength;
    }
    return { xxh64: hasher.digest().toString(16), size };
  }
}

/** Throws the error of the filesystem for a link without a target. */
function endOf(steps: ReadonlyMap<string, StatTuple>): { readonly file: string; readonly stat: StatTuple } {
  const [file, stat] = [...steps].at(-1) ?? ['', ABSENT];
  if (stat === ABSENT) lstatSync(file);
  return { file, stat };
}

function digestOfRow(row: Content): Digest {
  return { hash: row.sha256 as Sha256, size: row.size };
}

function checkOf(path: string, { stat, scanned, xxh64, sha256, size }: Row): number {
  return crc32([path, stat, scanned, xxh64, sha256, size].join(' '));
}

/** The whole file; each piece is valid until the next one is requested. */
async function* piecesOf(path: string, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, CHUNK);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
