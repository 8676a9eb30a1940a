/**
 * Objects in parts: created, uploaded in any order and repeatedly, completed or aborted. An object is never visible before it is complete.
 *
 * The tag of the whole object is the MD5 over the MD5s of its parts, with a dash and their number; a checksum is computed likewise from the
 * checksums.
 */
import { createHash } from 'node:crypto';
import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import { AwsError } from '../wire/aws-error.ts';
import { headerOf, type Reply } from '../wire/exchange.ts';
import { elementsOf, textOf } from '../wire/xml.ts';
import type { PartState, UploadState } from '../world.ts';
import { ALGORITHMS, type Algorithm, checksum } from './body.ts';
import { bucketFor, empty, xml } from './buckets.ts';
import { checksumHeaders, metadataOf } from './objects.ts';
import type { S3Request, S3Route } from './route.ts';

function create(cloud: Cloud, caller: Caller, { wire, bucket, key }: S3Request): Reply {
  bucketFor(cloud, caller, bucket);
  const algorithm = headerOf(wire, 'x-amz-checksum-algorithm')?.toLowerCase();
  if (algorithm !== undefined && !ALGORITHMS.includes(algorithm as Algorithm)) {
    throw new AwsError('NotImplemented', `The fake has no ${algorithm}`, { status: 501 });
  }
  const id = cloud.random();
  const type = headerOf(wire, 'content-type') ?? 'binary/octet-stream';
  const upload = {
    id,
    bucket,
    key,
    account: caller.account,
    made: cloud.now(),
    algorithm,
    type,
    metadata: metadataOf(wire),
    parts: {},
  };
  cloud.world.uploads[id] = upload;
  const { headers, ...reply } = xml('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: id });
  const told = algorithm === undefined ? {} : { 'x-amz-checksum-algorithm': algorithm.toUpperCase() };
  return { ...reply, headers: { ...headers, ...told } };
}

function uploadFor(cloud: Cloud, caller: Caller, { bucket, key, query }: S3Request): UploadState {
  bucketFor(cloud, caller, bucket);
  const upload = cloud.world.uploads[query.get('uploadId') ?? ''];
  if (upload?.bucket === bucket && upload.key === key) return upload;
  const words =
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.';
  throw new AwsError('NoSuchUpload', words, { status: 404 });
}

function uploadPart(cloud: Cloud, caller: Caller, request: S3Request): Reply {
  const upload = uploadFor(cloud, caller, request);
  const number = Number(request.query.get('partNumber'));
  if (!(Number.isInteger(number) && number >= 1 && number <= 10_000)) {
    throw new AwsError('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
  }
  const { bytes, checksums } = request.body;
  if (upload.algorithm !== undefined && checksums[upload.algorithm] === undefined) {
    throw new AwsError(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm}, actual checksum Type: null`,
    );
  }
  const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
  const part = {
    etag,
    size: bytes.length,
    digest: cloud.blocks.put(bytes),
    made: cloud.now(),
    checksums: { ...checksums },
  };
  upload.parts[number] = part;
  return empty(200, { etag, ...checksumHeaders(checksums) });
}

function complete(cloud: Cloud, caller: Caller, request: S3Request): Reply {
  const upload = uploadFor(cloud, caller, request);
  const wanted = elementsOf(request.body.bytes.toString('utf8'), 'Part');
  if (wanted.length === 0)
    throw new AwsError('MalformedXML', 'The XML you provided was not well-formed or did not validate');
  const parts = wanted.map(text => partFor(upload, text));
  const numbers = wanted.map(numberOf);
  if (numbers.some((number, index) => index > 0 && number <= (numbers[index - 1] ?? 0))) {
    throw new AwsError('InvalidPartOrder', 'The list of parts was not in ascending order.');
  }
  if (parts.slice(0, -1).some(({ size }) => size < cloud.world.settings.part)) {
    throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
  }
  const whole = wholeOf(upload, parts, cloud.now());
  bucketFor(cloud, caller, upload.bucket).objects[upload.key] = whole;
  delete cloud.world.uploads[upload.id];
  return xml('CompleteMultipartUploadResult', {
    Location: `/${upload.bucket}/${upload.key}`,
    Bucket: upload.bucket,
    Key: upload.key,
    ETag: whole.etag,
    ...Object.fromEntries(ALGORITHMS.map(each => [`Checksum${each.toUpperCase()}`, whole.checksums[each]])),
  });
}

function numberOf(text: string): number {
  return Number(textOf(text, 'PartNumber'));
}

function partFor(upload: UploadState, text: string): PartState {
  const part = upload.parts[numberOf(text)];
  const agrees = ALGORITHMS.every(each => {
    const told = textOf(text, `Checksum${each.toUpperCase()}`);
    return told === undefined ? upload.algorithm !== each : told === part?.checksums[each];
  });
  if (part !== undefined && agrees && textOf(text, 'ETag')?.replaceAll('"', '') === part.etag.replaceAll('"', ''))
    return part;
  const words =
    'One or more of the specified parts could not be found. The part might not have been uploaded, or its entity tag might not have matched.';
  throw new AwsError('InvalidPart', words);
}

function wholeOf({ algorithm, type, metadata }: UploadState, parts: readonly PartState[], made: number) {
  const md5 = createHash('md5');
  for (const { etag } of parts) md5.update(Buffer.from(etag.replaceAll('"', ''), 'hex'));
  const sums = Buffer.concat(parts.map(({ checksums }) => Buffer.from(checksums[algorithm ?? ''] ?? '', 'base64')));
  return {
    etag: `"${md5.digest('hex')}-${parts.length}"`,
    size: parts.reduce((sum, { size }) => sum + size, 0),
    made,
    type,
    metadata,
    checksums:
      algorithm === undefined ? {} : { [algorithm]: `${checksum(algorithm as Algorithm, sums)}-${parts.length}` },
    pieces: parts.map(({ digest, size }) => ({ digest, size })),
  };
}

function abort(cloud: Cloud, caller: Caller, request: S3Request): Reply {
  delete cloud.world.uploads[uploadFor(cloud, caller, request).id];
  return empty(204);
}

function listParts(cloud: Cloud, caller: Caller, request: S3Request): Reply {
  const { id, bucket, key, parts } = uploadFor(cloud, caller, request);
  const after = Number(request.query.get('part-number-marker') ?? 0);
  const most = Math.min(Number(request.query.get('max-parts') ?? 1000), cloud.world.settings.page);
  const rest = Object.entries(parts).filter(([number]) => Number(number) > after);
  const page = rest.slice(0, most);
  return xml('ListPartsResult', {
    Bucket: bucket,
    Key: key,
    UploadId: id,
    MaxParts: most,
    IsTruncated: page.length < rest.length,
    NextPartNumberMarker: page.at(-1)?.[0],
    Part: page.map(([PartNumber, { etag, size, made, checksums }]) => ({
      PartNumber,
      LastModified: new Date(made).toISOString(),
      ETag: etag,
      Size: size,
      ...Object.fromEntries(ALGORITHMS.map(each => [`Checksum${each.toUpperCase()}`, checksums[each]])),
    })),
  });
}

function listUploads(cloud: Cloud, caller: Caller, { bucket, query }: S3Request): Reply {
  bucketFor(cloud, caller, bucket);
  const uploads = Object.values(cloud.world.uploads).filter(
    each => each.bucket === bucket && each.key.startsWith(query.get('prefix') ?? ''),
  );
  return xml('ListMultipartUploadsResult', {
    Bucket: bucket,
    IsTruncated: false,
    Upload: uploads.map(({ key, id, made }) => ({ Key: key, UploadId: id, Initiated: new Date(made).toISOString() })),
  });
}

export const multipartRoutes: readonly S3Route[] = [
  { action: 'CreateMultipartUpload', method: 'POST', on: 'object', query: ['uploads'], work: create },
  { action: 'UploadPart', method: 'PUT', on: 'object', query: ['uploadId', 'partNumber'], work: uploadPart },
  { action: 'CompleteMultipartUpload', method: 'POST', on: 'object', query: ['uploadId'], work: complete },
  { action: 'AbortMultipartUpload', method: 'DELETE', on: 'object', query: ['uploadId'], work: abort },
  { action: 'ListParts', method: 'GET', on: 'object', query: ['uploadId'], work: listParts },
  { action: 'ListMultipartUploads', method: 'GET', on: 'bucket', query: ['uploads'], work: listUploads },
];
