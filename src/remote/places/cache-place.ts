/**
 * A place that keeps blobs and results for several machines. It is asked only for these three things; it may be slow, and may lose
 * everything at any time. What it returns is not checked here.
 */
import type { Digest, Sha256 } from '../../store/content/digest.ts';

/** `cas`: a blob under the hash of its bytes. `ac`: an ActionResult under the key of its action. */
export type Shelf = 'ac' | 'cas';

export interface CachePlace {
  /** For messages, without credentials: `cache.example.org:8080`, `/srv/aib`. */
  readonly name: string;
  /** The bytes; undefined if the place does not have them. Rejects with a PlaceError, also while the bytes are read. */
  get(shelf: Shelf, hash: Sha256, signal: AbortSignal): Promise<Bytes | undefined>;
  /** Writes all bytes or nothing; `content` is read once, or again for a retry. */
  put(shelf: Shelf, hash: Sha256, content: Content, signal: AbortSignal): Promise<void>;
  /** Whether it has a blob; if in doubt, false. */
  contains(digest: Digest, signal: AbortSignal): Promise<boolean>;
}

export type Bytes = AsyncIterable<Uint8Array>;

export interface Content {
  readonly size: number;
  /** Rejects before the last part if the bytes are not those of the digest. */
  readonly read: () => Bytes;
}

/**
 * `message` is a phrase for users: "the server returned 500". `gone`: the place will not answer for now, so it is not asked again. `shaky`:
 * a second try may help. `read-only`: it takes no results from here. `refused`: it does not take this one thing.
 */
export class PlaceError extends Error {
  readonly kind: 'gone' | 'shaky' | 'read-only' | 'refused';
  /** The remedy, if there is one. */
  readonly hint: string | undefined;

  constructor(kind: PlaceError['kind'], message: string, hint?: string) {
    super(message);
    this.kind = kind;
    this.hint = hint;
  }
}
