/**
 * One place of a shared cache, with what this build has learned of it. A place that does not answer is told about once, and not asked again:
 * a dead server must not cost a time limit for each result.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Failure } from '../../util/failure.ts';
import { type CachePlace, PlaceError } from '../places/cache-place.ts';

export interface MemberOptions {
  readonly place: CachePlace;
  /** Whether results are sent there. */
  readonly write: boolean;
  /** Receives one line for the user. */
  readonly tell: (line: string) => void;
  /** Milliseconds before the second try. */
  readonly pauseMs: number;
}

export class CacheMember {
  readonly place: CachePlace;
  /** Why it cannot be used, for a build that requires it. */
  failure: Failure | undefined;
  readonly #options: MemberOptions;
  readonly #told = new Set<string>();
  #isGone = false;
  #isReadOnly: boolean;

  constructor(options: MemberOptions) {
    this.#options = options;
    this.place = options.place;
    this.#isReadOnly = !options.write;
  }

  /** Whether results may be sent there, as far as is known. */
  get takesResults(): boolean {
    return !this.#isGone && !this.#isReadOnly;
  }

  /** Undefined if the place cannot be used. Rejects only for a stop, and for what is not an error of the place. */
  async ask<T>(work: (place: CachePlace) => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    for (let attempt = 1; !this.#isGone; attempt += 1) {
      try {
        return await work(this.place);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof PlaceError)) throw error;
        if (error.kind === 'shaky' && attempt === 1) {
          await sleep(this.#options.pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
          continue;
        }
        this.#note(error);
        if (error.kind === 'refused' || error.kind === 'read-only') return undefined;
      }
    }
    return undefined;
  }

  /** It returned something invalid: it is not used, and told once. `what` names it: `the result of //a:disk`. */
  reject(what: string, why: string): void {
    this.#fail(
      `The remote cache returned something invalid: ${why}`,
      what,
      'remove it there, and find out who wrote it',
    );
    this.#tellOnce('invalid', `remote cache ${this.place.name}: ${what} is refused: ${why}; it is made here`);
  }

  /** Fetching would take longer than making it. */
  tooSlow(what: string): void {
    this.#tellOnce(
      'slow',
      `remote cache ${this.place.name}: ${what} would take longer to fetch than to make; it is made here`,
    );
  }

  #note(error: PlaceError): void {
    const { name } = this.place;
    const hint = error.hint === undefined ? '' : ` (${error.hint})`;
    this.#isReadOnly ||= error.kind === 'read-only';
    if (error.kind === 'refused' || error.kind === 'read-only') {
      this.#tellOnce(error.message, `remote cache ${name}: ${error.message}${hint}`);
      return;
    }
    this.#fail(`The remote cache cannot be used: ${error.message}`, name, error.hint);
    if (!this.#isGone) this.#tellOnce('gone', `remote cache ${name}: ${error.message}${hint}; continuing without it`);
    this.#isGone = true;
  }

  #fail(what: string, where: string, hint: string | undefined): void {
    this.failure ??= { code: 'AIB_REMOTE_CACHE', what, where, ...(hint === undefined ? {} : { hint }) };
  }

  #tellOnce(about: string, line: string): void {
    if (!this.#told.has(about)) this.#options.tell(line);
    this.#told.add(about);
  }
}
