/** Where Alpine comes from: web addresses or local folders laid out as Alpine's CDN; never decides whether what it brings can be trusted. */
import type { TransferOptions } from '../../net/transfer.ts';
import type { Digest } from '../../store/content/digest.ts';
import type { Result } from '../../util/result.ts';
import type { MirrorAddress } from './mirror-address.ts';

export interface Mirror {
  /** In the order in which they are asked. */
  readonly places: readonly MirrorAddress[];
  /** The addresses, for messages and comparison. */
  readonly spec: string;
  /** Where a path lies, for messages: its URL, or its file in a folder; at the first place of several. */
  locate(path: string): string;
  /** A file in memory, or what `accept` makes of it. At most 256 MiB unless `maxBytes` says otherwise. */
  fetch<T>(path: string, options: AcceptOptions<Uint8Array, T>): Promise<Result<T>>;
  fetch(path: string, options?: TransferOptions): Promise<Result<Uint8Array>>;
  /**
   * A file on disk: it appears under its name only when it is whole, and what a kill left of it is resumed if `expect.sha256` is given.
   * One transfer per file at a time.
   */
  fetchTo<T>(path: string, file: string, options: AcceptOptions<string, T>): Promise<Result<T>>;
  fetchTo(path: string, file: string, options?: TransferOptions): Promise<Result<Digest>>;
  /** How large a file is, in bytes, without fetching it. */
  size(path: string, signal?: AbortSignal): Promise<Result<number>>;
  /** The first bytes of a file, for a look at what it is. */
  start(path: string, length: number, signal?: AbortSignal): Promise<Result<Uint8Array>>;
}

/**
 * `accept` looks at what came, its bytes or its file, and where from. What it gives is the result; if it fails, so does the fetch, and the
 * next mirror is asked.
 */
export interface AcceptOptions<C, T> extends TransferOptions {
  readonly accept: (content: C, where: string) => Promise<Result<T>>;
}

/** What both forms come to for who implements them. */
export type FetchOptions<C> = Partial<AcceptOptions<C, unknown>>;
