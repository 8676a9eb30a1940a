/** What a transfer reads from: one interface for the web and for folders. A source never retries and never judges what a file says. */

export interface Source {
  /** The URL or file of a path, for messages. */
  locate(path: string): string;
  /** Starts reading at `from.offset` if the source still has what `from.validator` stands for, else at 0. */
  open(path: string, from: ResumePoint, signal: AbortSignal | undefined): Promise<Opened>;
  /** How large a file is, without reading it. */
  size(path: string, signal: AbortSignal | undefined): Promise<Sized>;
}

export interface ResumePoint {
  readonly offset: number;
  /** From an earlier `Opened`; without it nothing is resumed. */
  readonly validator: string | undefined;
}

export type Opened =
  | {
      readonly kind: 'open';
      /** Throws SourceError only. */
      readonly body: AsyncIterable<Uint8Array>;
      /** In place of reading the body: lets go of the connection or file behind it. */
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
  /** A person was meant to see this, such as the login page of a network. */
  | { readonly kind: 'web page'; readonly from: string }
  | { readonly kind: 'failed'; readonly error: SourceError };

/** `message` is a phrase in plain words: "the connection was cut". */
export class SourceError extends Error {
  /** Whether it may go away by itself in seconds. */
  readonly temporary: boolean;
  /** How long the source wants to be left alone first. */
  readonly afterMs: number | undefined;

  constructor(message: string, temporary: boolean, afterMs?: number) {
    super(message);
    this.temporary = temporary;
    this.afterMs = afterMs;
  }
}
