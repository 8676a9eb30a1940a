/** Brings one file of a mirror into a sink, whole and with the right digest or not at all; tries again only what may go away by itself. */
import type { Digest, Sha256 } from '../store/content/digest.ts';
import { formatBytes } from '../util/bytes.ts';
import type { Failure } from '../util/failure.ts';
import { fail, ok, type Result } from '../util/result.ts';
import { type Source, SourceError } from './byte-source.ts';
import type { Sink } from './sink.ts';

export interface TransferOptions {
  readonly signal?: AbortSignal;
  /** What is known of the file beforehand. */
  readonly expect?: { readonly size?: number; readonly sha256?: Sha256 };
  /** A larger file is refused, at once if the source says its size. */
  readonly maxBytes?: number;
  /** Bytes so far, those of an earlier run included, and bytes in all where known. */
  readonly onProgress?: (received: number, total: number | undefined) => void;
}

export interface RetryPolicy {
  /** At least 1. */
  readonly attempts: number;
  /** Milliseconds before the second attempt, doubled before each further one. */
  readonly pauseMs: number;
  /** In [0, 1): spreads out the retries of many clients. */
  readonly random: () => number;
  /** Waits; ends early, without rejecting, if the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
}

export async function transfer(
  source: Source,
  path: string,
  sink: Sink,
  options: TransferOptions,
  policy: RetryPolicy,
): Promise<Result<Digest>> {
  const where = source.locate(path);
  let stitched = false;
  for (let attempt = 1; ; attempt += 1) {
    if (isAborted(options.signal)) return fail(cancelled(where));
    const end = await receive(source, path, sink, options);
    if (end.kind === 'refused') return fail(end.failure);
    if (end.kind === 'whole') {
      stitched ||= end.resumed;
      const mismatch = compare(sink.digest(), options.expect, where);
      if (mismatch === undefined) return ok(sink.digest());
      if (!stitched) return fail(mismatch);
      // The part may be what is wrong: the file has one chance as a whole.
      stitched = false;
      await sink.restart(undefined);
      continue;
    }
    stitched ||= end.resumed;
    if (isAborted(options.signal)) return fail(cancelled(where));
    if (!end.error.temporary) return fail(unreachable(where, end.error.message));
    if (attempt >= policy.attempts) {
      return fail(
        unreachable(where, attempt === 1 ? end.error.message : `${end.error.message}, ${attempt} times in a row`),
      );
    }
    await policy.wait(policy.pauseMs * 2 ** (attempt - 1) * (0.5 + policy.random()), options.signal);
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

type End =
  | { readonly kind: 'whole'; readonly resumed: boolean }
  | { readonly kind: 'interrupted'; readonly resumed: boolean; readonly error: SourceError }
  | { readonly kind: 'refused'; readonly failure: Failure };

async function receive(source: Source, path: string, sink: Sink, options: TransferOptions): Promise<End> {
  const where = source.locate(path);
  const { expect, maxBytes = Number.POSITIVE_INFINITY, signal, onProgress } = options;
  const opened = await source.open(path, { offset: sink.size, validator: sink.validator }, signal);
  if (opened.kind === 'not found') return { kind: 'refused', failure: notFound(where) };
  if (opened.kind === 'failed') return { kind: 'interrupted', resumed: false, error: opened.error };
  const { total = expect?.size, offset } = opened;
  if (expect?.size !== undefined && total !== expect.size) {
    await opened.refuse();
    return { kind: 'refused', failure: wrongSize(where, expect.size, `${total} bytes`) };
  }
  if (total !== undefined && total > maxBytes) {
    await opened.refuse();
    return { kind: 'refused', failure: tooLarge(where, total, maxBytes) };
  }
  const resumed = offset > 0;
  if (!resumed) await sink.restart(opened.validator);
  try {
    for await (const chunk of opened.body) {
      const size = sink.size + chunk.byteLength;
      if (expect?.size !== undefined && size > expect.size) {
        return { kind: 'refused', failure: wrongSize(where, expect.size, `at least ${size} bytes`) };
      }
      if (size > maxBytes) return { kind: 'refused', failure: tooLarge(where, size, maxBytes) };
      await sink.write(chunk);
      onProgress?.(size, total);
    }
  } catch (error) {
    if (error instanceof SourceError) return { kind: 'interrupted', resumed, error };
    throw error;
  }
  if (total !== undefined && sink.size < total) {
    const error = new SourceError(`the file ended after ${sink.size} of ${total} bytes`, true);
    return { kind: 'interrupted', resumed, error };
  }
  return { kind: 'whole', resumed };
}

function compare(actual: Digest, expect: TransferOptions['expect'], where: string): Failure | undefined {
  if (expect?.size !== undefined && expect.size !== actual.size)
    return wrongSize(where, expect.size, `${actual.size} bytes`);
  if (expect?.sha256 === undefined || expect.sha256 === actual.hash) return undefined;
  return {
    code: 'AIB_DIGEST_MISMATCH',
    what: 'A file of the mirror is not the one that was expected',
    where,
    got: `sha256 ${actual.hash}, expected sha256 ${expect.sha256}`,
    hint: 'Run aib update if Alpine replaced it; else the mirror is damaged: use another with --mirror',
  };
}

function wrongSize(where: string, expected: number, got: string): Failure {
  return {
    code: 'AIB_DIGEST_MISMATCH',
    what: 'A file of the mirror is not as large as expected',
    where,
    got: `${got}, expected ${expected} bytes`,
    hint: 'Run aib update if Alpine replaced it; else the mirror is damaged: use another with --mirror',
  };
}

function tooLarge(where: string, size: number, max: number): Failure {
  return {
    code: 'AIB_MIRROR_TOO_LARGE',
    what: 'A file of the mirror is larger than such a file can be',
    where,
    got: `${formatBytes(size)} or more, at most ${formatBytes(max)} expected`,
    hint: 'Use another mirror with --mirror',
  };
}

function notFound(where: string): Failure {
  return {
    code: 'AIB_MIRROR_NOT_FOUND',
    what: 'The mirror does not have a file',
    where,
    hint: 'Run aib update if Alpine replaced it by a newer one; else check that --mirror names a whole Alpine mirror',
  };
}

function unreachable(where: string, cause: string): Failure {
  return {
    code: 'AIB_MIRROR_UNREACHABLE',
    what: 'The mirror cannot be read',
    where,
    got: cause,
    hint: 'Check the network, or use another mirror or a local folder with --mirror',
  };
}

function cancelled(where: string): Failure {
  return { code: 'AIB_CANCELLED', what: 'The download was stopped', where };
}
