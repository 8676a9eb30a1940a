/** Ends a request without any data for a while; time in which the receiver is busy does not count. */
export class IdleTimer {
  readonly #controller = new AbortController();
  readonly #milliseconds: number;
  #timer: NodeJS.Timeout | undefined;
  fired = false;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
    this.resume();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get seconds(): number {
    return this.#milliseconds / 1000;
  }

  resume(): void {
    this.#timer = setTimeout(() => {
      this.fired = true;
      this.#controller.abort();
    }, this.#milliseconds);
  }

  pause(): void {
    clearTimeout(this.#timer);
  }

  /** The bytes of an answer. Closes the connection if they are not read to their end. */
  async *watch(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    let ended = false;
    try {
      this.resume();
      for await (const chunk of bytes) {
        this.pause();
        yield chunk;
        this.resume();
      }
      ended = true;
    } finally {
      this.pause();
      if (!ended) this.abandon();
    }
  }

  /** Closes a connection that is not read to its end. */
  abandon(): void {
    this.pause();
    this.#controller.abort();
  }
}
