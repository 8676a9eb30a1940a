/** Buckets: created, found, listed, tagged, closed to the public, removed when empty. Must not contain the content of objects. */

import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import { begin, passes } from '../lag.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Reply } from '../wire/exchange.ts';
import { document, elementsOf, textOf } from '../wire/xml.ts';
import type { BucketState } from '../world.ts';
import type { S3Request, S3Route } from './route.ts';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

export function xml(name: string, content: Parameters<typeof document>[1], status = 200): Reply {
  return { status, headers: { 'content-type': 'application/xml' }, body: document(name, content, NAMESPACE) };
}

export function empty(status: number, headers: Record<string, string> = {}): Reply {
  return { status, headers, body: '' };
}

/** The bucket of a request, at the region where it is. */
export function bucketFor({ world, now }: Cloud, { account, region }: Caller, name: string): BucketState {
  const bucket = world.buckets[name];
  if (bucket === undefined || !passes(bucket.visible, now())) {
    throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', {
      status: 404,
      members: { BucketName: name },
    });
  }
  if (bucket.account !== account) throw new AwsError('AccessDenied', 'Access Denied', { status: 403 });
  if (bucket.region !== region) {
    const words = 'The bucket you are attempting to access must be addressed using the specified endpoint.';
    throw new AwsError('PermanentRedirect', words, { status: 301, members: { region: bucket.region } });
  }
  return bucket;
}

function createBucket(cloud: Cloud, { account, region }: Caller, { bucket: name, body }: S3Request): Reply {
  if (!/^(?!xn--)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
    throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.', { members: { BucketName: name } });
  }
  const place = textOf(body.bytes.toString('utf8'), 'LocationConstraint') ?? 'us-east-1';
  if (place !== region) {
    const words = `The ${place === 'us-east-1' ? 'unspecified' : place} location constraint is incompatible for the region specific endpoint this request was sent to.`;
    throw new AwsError('IllegalLocationConstraintException', words);
  }
  const before = cloud.world.buckets[name];
  if (before !== undefined && before.account !== account) {
    throw new AwsError('BucketAlreadyExists', 'The requested bucket name is not available.', { status: 409 });
  }
  // In the oldest region, an existing bucket can be created again.
  if (before !== undefined && !(region === 'us-east-1' && before.region === region)) {
    const words = 'Your previous request to create the named bucket succeeded and you already own it.';
    throw new AwsError('BucketAlreadyOwnedByYou', words, { status: 409 });
  }
  const made = cloud.now();
  const visible = begin(cloud.world.settings.lag.visible, made);
  // The default of all new buckets.
  const publicAccessBlock = Object.fromEntries(BLOCKED.map(each => [each, true]));
  cloud.world.buckets[name] = before ?? {
    name,
    account,
    region,
    made,
    visible,
    objects: {},
    tags: {},
    publicAccessBlock,
  };
  return empty(200, { location: `/${name}` });
}

const BLOCKED = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'];

function deleteBucket(cloud: Cloud, caller: Caller, { bucket: name }: S3Request): Reply {
  const bucket = bucketFor(cloud, caller, name);
  if (Object.keys(bucket.objects).length > 0) {
    const members = { BucketName: name };
    throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', { status: 409, members });
  }
  delete cloud.world.buckets[name];
  for (const [id, upload] of Object.entries(cloud.world.uploads))
    if (upload.bucket === name) delete cloud.world.uploads[id];
  return empty(204);
}

function listBuckets({ world }: Cloud, { account }: Caller, { query }: S3Request): Reply {
  const region = query.get('bucket-region');
  const all = Object.values(world.buckets)
    .filter(each => each.account === account && (region === null || each.region === region))
    .filter(({ name }) => name.startsWith(query.get('prefix') ?? '') && name > (query.get('continuation-token') ?? ''))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const most = Math.min(Number(query.get('max-buckets') ?? 10_000), world.settings.page);
  const page = all.slice(0, most);
  const Bucket = page.map(({ name, made, region: BucketRegion }) => ({
    ...{ Name: name, CreationDate: new Date(made).toISOString(), BucketRegion },
  }));
  const next = page.length < all.length ? page.at(-1)?.name : undefined;
  return xml('ListAllMyBucketsResult', { Buckets: { Bucket }, ContinuationToken: next });
}

function listObjects(cloud: Cloud, caller: Caller, { bucket: name, query }: S3Request): Reply {
  const { objects } = bucketFor(cloud, caller, name);
  const prefix = query.get('prefix') ?? '';
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const keys = Object.keys(objects)
    .sort()
    .filter(key => key.startsWith(prefix) && key > after);
  const most = Math.min(Number(query.get('max-keys') ?? 1000), cloud.world.settings.page);
  const page = keys.slice(0, most);
  return xml('ListBucketResult', {
    Name: name,
    Prefix: prefix,
    KeyCount: page.length,
    MaxKeys: most,
    IsTruncated: page.length < keys.length,
    NextContinuationToken: page.length < keys.length ? page.at(-1) : undefined,
    Contents: page.map(Key => ({
      Key,
      LastModified: new Date(objects[Key]?.made ?? 0).toISOString(),
      ETag: objects[Key]?.etag,
      Size: objects[Key]?.size,
      StorageClass: 'STANDARD',
    })),
  });
}

function getLocation(cloud: Cloud, caller: Caller, { bucket: name }: S3Request): Reply {
  const { region } = bucketFor(cloud, caller, name);
  return xml('LocationConstraint', region === 'us-east-1' ? '' : region);
}

function putTags(cloud: Cloud, caller: Caller, { bucket: name, body }: S3Request): Reply {
  const tags = elementsOf(body.bytes.toString('utf8'), 'Tag').map(tag => [
    textOf(tag, 'Key') ?? '',
    textOf(tag, 'Value') ?? '',
  ]);
  bucketFor(cloud, caller, name).tags = Object.fromEntries(tags);
  return empty(204);
}

function getTags(cloud: Cloud, caller: Caller, { bucket: name }: S3Request): Reply {
  const tags = Object.entries(bucketFor(cloud, caller, name).tags);
  if (tags.length === 0) throw new AwsError('NoSuchTagSet', 'The TagSet does not exist', { status: 404 });
  return xml('Tagging', { TagSet: { Tag: tags.map(([Key, Value]) => ({ Key, Value })) } });
}

function putPublicAccessBlock(cloud: Cloud, caller: Caller, { bucket: name, body }: S3Request): Reply {
  const text = body.bytes.toString('utf8');
  bucketFor(cloud, caller, name).publicAccessBlock = Object.fromEntries(
    BLOCKED.map(each => [each, textOf(text, each) === 'true']),
  );
  return empty(200);
}

function getPublicAccessBlock(cloud: Cloud, caller: Caller, { bucket: name }: S3Request): Reply {
  const { publicAccessBlock } = bucketFor(cloud, caller, name);
  return xml('PublicAccessBlockConfiguration', publicAccessBlock ?? {});
}

export const bucketRoutes: readonly S3Route[] = [
  { action: 'ListBuckets', method: 'GET', on: 'account', work: listBuckets },
  { action: 'CreateBucket', method: 'PUT', on: 'bucket', work: createBucket },
  {
    action: 'HeadBucket',
    method: 'HEAD',
    on: 'bucket',
    work: (cloud, caller, { bucket }) => empty(200, { 'x-amz-bucket-region': bucketFor(cloud, caller, bucket).region }),
  },
  { action: 'DeleteBucket', method: 'DELETE', on: 'bucket', work: deleteBucket },
  { action: 'ListObjectsV2', method: 'GET', on: 'bucket', query: ['list-type'], work: listObjects },
  { action: 'GetBucketLocation', method: 'GET', on: 'bucket', query: ['location'], work: getLocation },
  { action: 'PutBucketTagging', method: 'PUT', on: 'bucket', query: ['tagging'], work: putTags },
  { action: 'GetBucketTagging', method: 'GET', on: 'bucket', query: ['tagging'], work: getTags },
  {
    action: 'PutPublicAccessBlock',
    method: 'PUT',
    on: 'bucket',
    query: ['publicAccessBlock'],
    work: putPublicAccessBlock,
  },
  {
    action: 'GetPublicAccessBlock',
    method: 'GET',
    on: 'bucket',
    query: ['publicAccessBlock'],
    work: getPublicAccessBlock,
  },
];
