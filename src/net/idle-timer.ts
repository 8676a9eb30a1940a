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

  /** Closes a connection that is not read to its end. */
  abandon(): void {
    this.pause();
    this.#controller.abort();
  }
}
