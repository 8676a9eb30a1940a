/** Objects that are uploaded in one piece, and reading and removing of all objects. Must not contain uploads in parts. */
import { createHash } from 'node:crypto';
import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import { AwsError } from '../wire/aws-error.ts';
import { headerOf, type Reply, type WireRequest } from '../wire/exchange.ts';
import type { ObjectState } from '../world.ts';
import { ALGORITHMS } from './body.ts';
import { bucketFor, empty } from './buckets.ts';
import type { S3Request, S3Route } from './route.ts';

function putObject(cloud: Cloud, caller: Caller, { wire, bucket: name, key, body }: S3Request): Reply {
  const bucket = bucketFor(cloud, caller, name);
  const { bytes, checksums } = body;
  const before = bucket.objects[key];
  if (headerOf(wire, 'if-none-match') === '*' && before !== undefined) {
    const words = 'At least one of the pre-conditions you specified did not hold';
    throw new AwsError('PreconditionFailed', words, { status: 412, members: { Condition: 'If-None-Match' } });
  }
  const object: ObjectState = {
    etag: `"${createHash('md5').update(bytes).digest('hex')}"`,
    size: bytes.length,
    made: cloud.now(),
    type: headerOf(wire, 'content-type') ?? 'binary/octet-stream',
    metadata: metadataOf(wire),
    checksums: { ...checksums },
    pieces: bytes.length === 0 ? [] : [{ digest: cloud.blocks.put(bytes), size: bytes.length }],
  };
  bucket.objects[key] = object;
  return empty(200, { etag: object.etag, ...checksumHeaders(checksums) });
}

export function metadataOf({ headers }: WireRequest): Record<string, string> {
  const own = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-'));
  return Object.fromEntries(own.map(([name, value]) => [name, String(value)]));
}

export function checksumHeaders(checksums: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    ALGORITHMS.flatMap(each => (checksums[each] === undefined ? [] : [[`x-amz-checksum-${each}`, checksums[each]]])),
  ) as Record<string, string>;
}

function getObject(cloud: Cloud, caller: Caller, { wire, bucket: name, key }: S3Request): Reply {
  const object = bucketFor(cloud, caller, name).objects[key];
  if (object === undefined) {
    throw new AwsError('NoSuchKey', 'The specified key does not exist.', { status: 404, members: { Key: key } });
  }
  const range = rangeOf(headerOf(wire, 'range'), object.size);
  const wantsSums = headerOf(wire, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' && range === undefined;
  const headers = {
    etag: object.etag,
    'content-type': object.type,
    'last-modified': new Date(object.made).toUTCString(),
    'accept-ranges': 'bytes',
    ...object.metadata,
    ...(wantsSums ? checksumHeaders(object.checksums) : {}),
  };
  // An answer to HEAD has the length of the body that it does not send.
  if (wire.method === 'HEAD')
    return { status: 200, headers: { ...headers, 'content-length': String(object.size) }, body: '' };
  const bytes = Buffer.concat(object.pieces.map(({ digest }) => cloud.blocks.get(digest)));
  if (range === undefined) return { status: 200, headers, body: bytes };
  const { first, last } = range;
  const place = { 'content-range': `bytes ${first}-${last}/${object.size}` };
  return { status: 206, headers: { ...headers, ...place }, body: bytes.subarray(first, last + 1) };
}

function rangeOf(text: string | undefined, size: number): { first: number; last: number } | undefined {
  const parts = /^bytes=(\d*)-(\d*)$/.exec(text ?? '');
  if (parts === null) return undefined;
  const [, from = '', to = ''] = parts;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (first > last) throw new AwsError('InvalidRange', 'The requested range is not satisfiable', { status: 416 });
  return { first, last };
}

/** Removing a missing object succeeds, too. */
function deleteObject(cloud: Cloud, caller: Caller, { bucket: name, key }: S3Request): Reply {
  delete bucketFor(cloud, caller, name).objects[key];
  return empty(204);
}

export const objectRoutes: readonly S3Route[] = [
  { action: 'PutObject', method: 'PUT', on: 'object', work: putObject },
  { action: 'GetObject', method: 'GET', on: 'object', work: getObject },
  { action: 'HeadObject', method: 'HEAD', on: 'object', work: getObject },
  { action: 'DeleteObject', method: 'DELETE', on: 'object', work: deleteObject },
];
