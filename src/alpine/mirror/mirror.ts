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
  /** A file in memory. At most 256 MiB unless `maxBytes` says otherwise. */
  fetch(path: string, options?: FetchOptions<Uint8Array>): Promise<Result<Uint8Array>>;
  /**
   * A file on disk: it appears under its name only when it is whole, and what a kill left of it is resumed if `expect.sha256` is given.
   * One transfer per file at a time.
   */
  fetchTo(path: string, file: string, options?: FetchOptions<string>): Promise<Result<Digest>>;
  /** How large a file is, in bytes, without fetching it. */
  size(path: string, signal?: AbortSignal): Promise<Result<number>>;
  /** The first bytes of a file, for a look at what it is. */
  start(path: string, length: number, signal?: AbortSignal): Promise<Result<Uint8Array>>;
}

/** `accept` looks at what came, its bytes or its file, and where from: if it fails, so does the fetch, and the next mirror is asked. */
export interface FetchOptions<T> extends TransferOptions {
  readonly accept?: (content: T, where: string) => Promise<Result<unknown>>;
}
