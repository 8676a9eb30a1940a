/**
 * The body of a request to S3, joined from its chunks if there are any, and checked against all checksums of the client. Never trusts a
 * length.
 *
 *     aws-chunked:  <hex length>[;chunk-signature=…]\r\n<bytes>\r\n … 0[;…]\r\n[x-amz-checksum-crc32:<base64>\r\n …]\r\n
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsError } from '../wire/aws-error.ts';
import { headerOf, type WireRequest } from '../wire/exchange.ts';

export interface S3Body {
  readonly bytes: Buffer;
  /** The checksums of the client that match: `sha256` → base64. */
  readonly checksums: Readonly<Record<string, string>>;
}

export const ALGORITHMS = ['crc32', 'sha1', 'sha256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export function readBody(request: WireRequest): S3Body {
  const isPresigned = request.query.has('X-Amz-Signature');
  const declared = headerOf(request, 'x-amz-content-sha256') ?? (isPresigned ? 'UNSIGNED-PAYLOAD' : '');
  if (declared === '')
    throw new AwsError('MissingSecurityHeader', 'Your request was missing a required header: x-amz-content-sha256');
  const { bytes, trailers } = declared.startsWith('STREAMING-')
    ? readChunks(request.body)
    : { bytes: request.body, trailers: {} };
  if (/^[0-9a-f]{64}$/.test(declared) && createHash('sha256').update(bytes).digest('hex') !== declared) {
    throw new AwsError(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  const length = headerOf(request, 'x-amz-decoded-content-length');
  if (length !== undefined && Number(length) !== bytes.length) {
    throw new AwsError(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the Content-Length HTTP header',
    );
  }
  const md5 = headerOf(request, 'content-md5');
  if (md5 !== undefined && createHash('md5').update(bytes).digest('base64') !== md5) {
    throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  return { bytes, checksums: checked(request, bytes, trailers) };
}

function checked(
  request: WireRequest,
  bytes: Buffer,
  trailers: Readonly<Record<string, string>>,
): Record<string, string> {
  const checksums: Record<string, string> = {};
  for (const algorithm of ALGORITHMS) {
    const name = `x-amz-checksum-${algorithm}`;
    const told = headerOf(request, name) ?? trailers[name];
    if (told === undefined) continue;
    if (checksum(algorithm, bytes) !== told) {
      throw new AwsError(
        'BadDigest',
        `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
      );
    }
    checksums[algorithm] = told;
  }
  const others = [...Object.keys(request.headers), ...Object.keys(trailers)].filter(name =>
    /^x-amz-checksum-(?:crc32c|crc64nvme)$/.test(name),
  );
  if (others.length > 0) throw new AwsError('NotImplemented', `The fake has no ${others.join(', ')}`, { status: 501 });
  return checksums;
}

export function checksum(algorithm: Algorithm, bytes: Buffer): string {
  if (algorithm !== 'crc32') return createHash(algorithm).update(bytes).digest('base64');
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString('base64');
}

function readChunks(body: Buffer): { bytes: Buffer; trailers: Record<string, string> } {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf('\r\n', at);
    const size = /^([0-9a-f]+)(?:;.*)?$/i.exec(end < 0 ? '' : body.toString('latin1', at, end))?.[1];
    if (size === undefined) throw new AwsError('IncompleteBody', 'The request body terminated unexpectedly');
    const length = Number.parseInt(size, 16);
    at = end + 2;
    if (length === 0) return { bytes: Buffer.concat(chunks), trailers: readTrailers(body.toString('latin1', at)) };
    if (at + length + 2 > body.length) throw new AwsError('IncompleteBody', 'The request body terminated unexpectedly');
    chunks.push(body.subarray(at, at + length));
    at += length + 2;
  }
}

function readTrailers(text: string): Record<string, string> {
  const lines = text.split(/\r?\n/).filter(line => line.includes(':'));
  return Object.fromEntries(
    lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
}
