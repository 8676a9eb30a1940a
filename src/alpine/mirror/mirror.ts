/**
 * The source of Alpine's files: web addresses or local folders with the layout of Alpine's CDN; never decides whether a file can be
 * trusted.
 */
import type { TransferOptions } from '../../net/transfer.ts';
import type { Digest } from '../../store/content/digest.ts';
import type { Result } from '../../util/result.ts';
import type { MirrorAddress } from './mirror-address.ts';

export interface Mirror {
  /** In the order in which they are tried. */
  readonly places: readonly MirrorAddress[];
  /** The addresses, for messages and comparison. */
  readonly spec: string;
  /** The place of a path, for messages: its URL, or its file in a folder; with several mirrors that of the first. */
  locate(path: string): string;
  /** A file in memory, or the result of `accept`. At most 256 MiB, unless `maxBytes` is set. */
  fetch<T>(path: string, options: AcceptOptions<Uint8Array, T>): Promise<Result<T>>;
  fetch(path: string, options?: TransferOptions): Promise<Result<Uint8Array>>;
  /**
   * A file on disk: it gets its name only when it is complete, and a killed transfer is resumed if `expect.sha256` is given.
   * One transfer per file at a time.
   */
  fetchTo<T>(path: string, file: string, options: AcceptOptions<string, T>): Promise<Result<T>>;
  fetchTo(path: string, file: string, options?: TransferOptions): Promise<Result<Digest>>;
  /** How large a file is, in bytes, without fetching it. */
  size(path: string, signal?: AbortSignal): Promise<Result<number>>;
  /** The first bytes of a file, to determine its type. */
  start(path: string, length: number, signal?: AbortSignal): Promise<Result<Uint8Array>>;
}

/**
 * `accept` checks the received bytes or file, and gets its place. Its value is the result; if it fails, the fetch fails, and the next
 * mirror is tried.
 */
export interface AcceptOptions<C, T> extends TransferOptions {
  readonly accept: (content: C, where: string) => Promise<Result<T>>;
}

/** Both forms of options in one type, for implementations. */
export type FetchOptions<C> = Partial<AcceptOptions<C, unknown>>;
