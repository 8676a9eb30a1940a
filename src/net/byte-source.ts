/** What a transfer reads from: one interface for the web and for folders. A source never retries and never judges content. */

export interface Source {
  /** The URL or file of a path, for messages. */
  locate(path: string): string;
  /** Starts reading at `from.offset` if the source still has what `from.validator` stands for, else at 0. */
  open(path: string, from: ResumePoint, signal: AbortSignal | undefined): Promise<Opened>;
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
  | { readonly kind: 'not found' }
  | { readonly kind: 'failed'; readonly error: SourceError };

/** `message` is a phrase in plain words: "the connection was cut". */
export class SourceError extends Error {
  /** Whether it may go away by itself in seconds. */
  readonly temporary: boolean;

  constructor(message: string, temporary: boolean) {
    super(message);
    this.temporary = temporary;
  }
}
