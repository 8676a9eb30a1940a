/**
 * Transfers one file from a source to a sink, complete and with the right digest, or fails. Knows nothing about the purpose of the file.
 */
import type { Digest, Sha256 } from '../store/content/digest.ts';
import { formatBytes } from '../util/bytes.ts';
import { fail, ok, type Result } from '../util/result.ts';
import { type Source, SourceError } from './byte-source.ts';
import { type Attempt, type Retried, type RetryPolicy, retry } from './retry.ts';
import type { Sink } from './sink.ts';

export interface TransferOptions {
  readonly signal?: AbortSignal;
  /** Known facts of the file. */
  readonly expect?: { readonly size?: number; readonly sha256?: Sha256 };
  /** A larger file is refused, immediately if the source reports its size. */
  readonly maxBytes?: number;
  /** Bytes so far, including those of an earlier run, and the total if known. */
  readonly onProgress?: (received: number, total: number | undefined) => void;
}

/** Why a transfer failed; the client turns it into a message for the user. */
export interface TransferFailure {
  readonly kind: 'not found' | 'web page' | 'wrong size' | 'wrong digest' | 'too large' | 'unreachable' | 'cancelled';
  /** The URL or file. */
  readonly where: string;
  /** What was received and what was expected, in words. */
  readonly got?: string;
}

export async function transfer(
  source: Source,
  path: string,
  sink: Sink,
  options: TransferOptions,
  policy: RetryPolicy,
): Promise<Result<Digest, TransferFailure>> {
  const where = source.locate(path);
  let stitched = false;
  const attempt = async (): Promise<Attempt<Result<Digest, TransferFailure>>> => {
    for (;;) {
      const end = await receive(source, path, sink, options);
      if (end.kind === 'refused') return { kind: 'done', value: fail(end.failure) };
      stitched ||= end.resumed;
      if (end.kind === 'interrupted') return attemptOf(end.error);
      const mismatch = compare(sink.digest(), options.expect, where);
      if (mismatch === undefined) return { kind: 'done', value: ok(sink.digest()) };
      if (!stitched) return { kind: 'done', value: fail(mismatch) };
      // The resumed part may be the cause: fetch the whole file once more.
      stitched = false;
      await sink.restart(undefined);
    }
  };
  return settled(await retry(attempt, policy, options.signal), where);
}

/** The size of a file, without its bytes. */
export async function fileSize(
  source: Source,
  path: string,
  signal: AbortSignal | undefined,
  policy: RetryPolicy,
): Promise<Result<number, TransferFailure>> {
  const where = source.locate(path);
  const attempt = async (): Promise<Attempt<Result<number, TransferFailure>>> => {
    const sized = await source.size(path, signal);
    switch (sized.kind) {
      case 'size':
        return { kind: 'done', value: ok(sized.bytes) };
      case 'not found':
        return { kind: 'done', value: fail({ kind: 'not found', where }) };
      case 'web page':
        return { kind: 'done', value: fail(webPage(where, sized.from)) };
      case 'failed':
        return attemptOf(sized.error);
    }
  };
  return settled(await retry(attempt, policy, signal), where);
}

/** The first bytes of a file, or all of a shorter one. */
export async function fileStart(
  source: Source,
  path: string,
  length: number,
  signal: AbortSignal | undefined,
  policy: RetryPolicy,
): Promise<Result<Uint8Array, TransferFailure>> {
  const where = source.locate(path);
  const attempt = async (): Promise<Attempt<Result<Uint8Array, TransferFailure>>> => {
    const opened = await source.open(path, { offset: 0, validator: undefined }, signal);
    if (opened.kind === 'not found') return { kind: 'done', value: fail({ kind: 'not found', where }) };
    if (opened.kind === 'web page') return { kind: 'done', value: fail(webPage(where, opened.from)) };
    if (opened.kind === 'failed') return attemptOf(opened.error);
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const chunk of opened.body) {
        chunks.push(chunk);
        size += chunk.byteLength;
        if (size >= length) break;
      }
    } catch (error) {
      if (error instanceof SourceError) return attemptOf(error);
      throw error;
    }
    return { kind: 'done', value: ok(Buffer.concat(chunks).subarray(0, length)) };
  };
  return settled(await retry(attempt, policy, signal), where);
}

function settled<T>(end: Retried<Result<T, TransferFailure>>, where: string): Result<T, TransferFailure> {
  switch (end.kind) {
    case 'done':
      return end.value;
    case 'gave up':
      return fail({ kind: 'unreachable', where, got: end.why });
    case 'cancelled':
      return fail({ kind: 'cancelled', where });
  }
}

function attemptOf({ message, temporary, afterMs }: SourceError): Attempt<never> {
  return { kind: 'failed', why: message, temporary, afterMs };
}

type End =
  | { readonly kind: 'whole'; readonly resumed: boolean }
  | { readonly kind: 'interrupted'; readonly resumed: boolean; readonly error: SourceError }
  | { readonly kind: 'refused'; readonly failure: TransferFailure };

async function receive(source: Source, path: string, sink: Sink, options: TransferOptions): Promise<End> {
  const where = source.locate(path);
  const { expect, maxBytes = Number.POSITIVE_INFINITY, signal, onProgress } = options;
  const opened = await source.open(path, { offset: sink.size, validator: sink.validator }, signal);
  if (opened.kind === 'not found') return { kind: 'refused', failure: { kind: 'not found', where } };
  if (opened.kind === 'web page') return { kind: 'refused', failure: webPage(where, opened.from) };
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

function compare(actual: Digest, expect: TransferOptions['expect'], where: string): TransferFailure | undefined {
  if (expect?.size !== undefined && expect.size !== actual.size)
    return wrongSize(where, expect.size, `${actual.size} bytes`);
  if (expect?.sha256 === undefined || expect.sha256 === actual.hash) return undefined;
  return { kind: 'wrong digest', where, got: `sha256 ${actual.hash}, expected sha256 ${expect.sha256}` };
}

function webPage(where: string, from: string): TransferFailure {
  return { kind: 'web page', where, got: `a web page from ${from}` };
}

function wrongSize(where: string, expected: number, got: string): TransferFailure {
  return { kind: 'wrong size', where, got: `${got}, expected ${expected} bytes` };
}

function tooLarge(where: string, size: number, max: number): TransferFailure {
  return { kind: 'too large', where, got: `at least ${formatBytes(size)}, expected at most ${formatBytes(max)}` };
}
