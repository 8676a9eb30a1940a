/** The source of a transfer: one interface for the web and for folders. A source never retries and never checks the content of a file. */

export interface Source {
  /** The URL or file of a path, for messages. */
  locate(path: string): string;
  /** Starts reading at `from.offset` if the source still has the file of `from.validator`, otherwise at 0. */
  open(path: string, from: ResumePoint, signal: AbortSignal | undefined): Promise<Opened>;
  /** The size of a file, without reading it. */
  size(path: string, signal: AbortSignal | undefined): Promise<Sized>;
}

export interface ResumePoint {
  readonly offset: number;
  /** From an earlier `Opened`; without a validator nothing is resumed. */
  readonly validator: string | undefined;
}

export type Opened =
  | {
      readonly kind: 'open';
      /** Throws SourceError only. */
      readonly body: AsyncIterable<Uint8Array>;
      /** Instead of reading the body: closes the connection or file. */
      readonly refuse: () => Promise<void>;
      /** Where the body begins. */
      readonly offset: number;
      /** Bytes of the whole file, not of this body. */
      readonly total?: number;
      readonly validator?: string;
    }
  | NotOpened;

export type Sized = { readonly kind: 'size'; readonly bytes: number } | NotOpened;

export type NotOpened =
  | { readonly kind: 'not found' }
  /** A page for people, such as the login page of a network. */
  | { readonly kind: 'web page'; readonly from: string }
  | { readonly kind: 'failed'; readonly error: SourceError };

/** `message` is a phrase for users: "the connection was interrupted". */
export class SourceError extends Error {
  /** Whether a retry within seconds may help. */
  readonly temporary: boolean;
  /** The time that the source requires before a retry. */
  readonly afterMs: number | undefined;

  constructor(message: string, temporary: boolean, afterMs?: number) {
    super(message);
    this.temporary = temporary;
    this.afterMs = afterMs;
  }
}
