/**
 * Several mirrors as one: each file comes from the first mirror that has it in a valid form. An unreadable mirror is reported once and then
 * tried last. It is never dropped, because it may be back soon and may be the only one with a file.
 */
import type { TransferOptions } from '../../net/transfer.ts';
import type { Digest } from '../../store/content/digest.ts';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { AcceptOptions, FetchOptions, Mirror } from './mirror.ts';
import type { MirrorAddress } from './mirror-address.ts';

export class MirrorList implements Mirror {
  readonly places: readonly MirrorAddress[];
  readonly spec: string;
  readonly #mirrors: readonly Mirror[];
  readonly #down = new Set<Mirror>();
  readonly #onNotice: (line: string) => void;

  constructor(mirrors: readonly Mirror[], onNotice: (line: string) => void) {
    this.places = mirrors.flatMap(({ places }) => places);
    this.spec = mirrors.map(({ spec }) => spec).join(', ');
    this.#mirrors = mirrors;
    this.#onNotice = onNotice;
  }

  locate(path: string): string {
    return this.#mirrors[0]?.locate(path) ?? path;
  }

  fetch<T>(path: string, options: AcceptOptions<Uint8Array, T>): Promise<Result<T>>;
  fetch(path: string, options?: TransferOptions): Promise<Result<Uint8Array>>;
  fetch(path: string, options: FetchOptions<Uint8Array> = {}): Promise<Result<unknown>> {
    return this.#first(mirror => mirror.fetch(path, options));
  }

  fetchTo<T>(path: string, file: string, options: AcceptOptions<string, T>): Promise<Result<T>>;
  fetchTo(path: string, file: string, options?: TransferOptions): Promise<Result<Digest>>;
  fetchTo(path: string, file: string, options: FetchOptions<string> = {}): Promise<Result<unknown>> {
    return this.#first(mirror => mirror.fetchTo(path, file, options));
  }

  size(path: string, signal?: AbortSignal): Promise<Result<number>> {
    return this.#first(mirror => mirror.size(path, signal));
  }

  start(path: string, length: number, signal?: AbortSignal): Promise<Result<Uint8Array>> {
    return this.#first(mirror => mirror.start(path, length, signal));
  }

  async #first<T>(ask: (mirror: Mirror) => Promise<Result<T>>): Promise<Result<T>> {
    const failures: Failure[] = [];
    const inOrder = this.#mirrors.toSorted((a, b) => Number(this.#down.has(a)) - Number(this.#down.has(b)));
    for (const mirror of inOrder) {
      const answer = await ask(mirror);
      if (answer.ok) {
        this.#down.delete(mirror);
        return ok(answer.value);
      }
      // Neither is a fault of this mirror.
      if (answer.error.code === 'AIB_CANCELLED' || answer.error.code === 'AIB_CANNOT_WRITE') return answer;
      failures.push(answer.error);
      if (UNREADABLE.has(answer.error.code)) this.#passOver(mirror, answer.error);
    }
    return fail(together(failures));
  }

  #passOver(mirror: Mirror, { got }: Failure): void {
    if (this.#down.has(mirror)) return;
    this.#down.add(mirror);
    if (this.#down.size < this.#mirrors.length)
      this.#onNotice(`${mirror.spec} cannot be read${got === undefined ? '' : ` (${got})`}: trying the next mirror`);
  }
}

const UNREADABLE: ReadonlySet<string> = new Set(['AIB_MIRROR_UNREACHABLE', 'AIB_MIRROR_WEB_PAGE']);

/** "Not found" is certain only if all mirrors were readable; otherwise the unreadable one is the failure to report. */
function together(failures: readonly Failure[]): Failure {
  const worst = failures.toSorted((a, b) => weight(b) - weight(a))[0];
  if (worst === undefined) return { code: 'AIB_BAD_MIRROR', what: 'No mirror is configured' };
  const output = failures.map(({ where = '', what, got }) => `${where}: ${got ?? what}`);
  return { ...worst, output: [...(worst.output ?? []), ...output] };
}

function weight({ code }: Failure): number {
  if (code === 'AIB_MIRROR_NOT_FOUND') return 0;
  return UNREADABLE.has(code) ? 1 : 2;
}
