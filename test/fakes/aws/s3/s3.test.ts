import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { refusalOf, startRig } from '../rig.ts';

const Bucket = 'images';

async function startWithBucket() {
  const rig = await startRig();
  await rig
    .s3()
    .send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }));
  return rig;
}

const textOf = async (client: S3Client, Key: string, more: object = {}) =>
  (await client.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString();

test('a bucket is made in its region, found, tagged, and removed when it is empty', async () => {
  const { s3 } = await startWithBucket();
  const client = s3();
  expect((await client.send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe('eu-west-1');
  expect((await client.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBe('eu-west-1');
  const TagSet = [{ Key: 'a&b', Value: '<1>' }];
  await client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  expect((await client.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(TagSet);
  const closed = await client.send(new GetPublicAccessBlockCommand({ Bucket }));
  expect(closed.PublicAccessBlockConfiguration?.BlockPublicAcls).toBe(true);
  const open = { BlockPublicAcls: false, IgnorePublicAcls: true };
  await client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: open }));
  const opened = await client.send(new GetPublicAccessBlockCommand({ Bucket }));
  expect(opened.PublicAccessBlockConfiguration).toMatchObject(open);
  await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
  expect(await refusalOf(client.send(new DeleteBucketCommand({ Bucket })))).toBe('BucketNotEmpty');
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
  await client.send(new DeleteBucketCommand({ Bucket }));
  expect(await refusalOf(client.send(new HeadBucketCommand({ Bucket })))).toBe('NotFound');
});

test('a bucket that was just made is not found yet', async () => {
  const { aws, s3 } = await startRig();
  aws.world.settings.lag.visible = { reads: 1 };
  await s3('us-east-1').send(new CreateBucketCommand({ Bucket }));
  const put = () => refusalOf(s3('us-east-1').send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' })));
  expect([await put(), await put()]).toEqual(['NoSuchBucket', 'no error']);
});

test('refuses buckets that cannot be, or are somebody else’s or elsewhere', async () => {
  const { aws, s3 } = await startWithBucket();
  aws.world.settings.accounts.OTHERKEY = '210987654321';
  const make = (client: S3Client, name: string, place?: 'eu-west-1' | 'us-west-2') =>
    refusalOf(
      client.send(
        new CreateBucketCommand({
          Bucket: name,
          ...(place === undefined ? {} : { CreateBucketConfiguration: { LocationConstraint: place } }),
        }),
      ),
    );
  expect(await make(s3(), 'Bad_Name', 'eu-west-1')).toBe('InvalidBucketName');
  expect(await make(s3(), 'other', 'us-west-2')).toBe('IllegalLocationConstraintException');
  expect(await make(s3(), Bucket, 'eu-west-1')).toBe('BucketAlreadyOwnedByYou');
  expect(await make(s3('eu-west-1', { accessKeyId: 'OTHERKEY' }), Bucket, 'eu-west-1')).toBe('BucketAlreadyExists');
  expect([await make(s3('us-east-1'), 'first'), await make(s3('us-east-1'), 'first')]).toEqual([
    'no error',
    'no error',
  ]);
  expect(await refusalOf(s3('us-west-2').send(new GetObjectCommand({ Bucket, Key: 'a' })))).toBe('PermanentRedirect');
  expect(
    await refusalOf(s3('eu-west-1', { accessKeyId: 'OTHERKEY' }).send(new GetObjectCommand({ Bucket, Key: 'a' }))),
  ).toBe('AccessDenied');
});

test('an object comes in one piece or as a stream, and is read whole or in part', async () => {
  const { s3 } = await startWithBucket();
  const client = s3();
  await client.send(
    new PutObjectCommand({
      Bucket,
      Key: 'a b/ü+c',
      Body: 'hello world',
      Metadata: { who: 'me' },
      ContentType: 'text/plain',
    }),
  );
  expect(await textOf(client, 'a b/ü+c')).toBe('hello world');
  expect(await textOf(client, 'a b/ü+c', { Range: 'bytes=6-' })).toBe('world');
  expect(await textOf(client, 'a b/ü+c', { Range: 'bytes=-5' })).toBe('world');
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'a b/ü+c' }));
  expect(head).toMatchObject({ ContentLength: 11, ContentType: 'text/plain', Metadata: { who: 'me' } });
  expect(head.ETag).toBe(`"${createHash('md5').update('hello world').digest('hex')}"`);
  const Body = Readable.from([Buffer.from('in '), Buffer.from('chunks')]);
  await client.send(new PutObjectCommand({ Bucket, Key: 'stream', Body, ContentLength: 9 }));
  expect(await textOf(client, 'stream', { ChecksumMode: 'ENABLED' })).toBe('in chunks');
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'a' }));
  expect(Contents.map(({ Key, Size }) => [Key, Size])).toEqual([['a b/ü+c', 11]]);
  expect(await refusalOf(textOf(client, 'none'))).toBe('NoSuchKey');
  expect(await refusalOf(textOf(client, 'stream', { Range: 'bytes=99-' }))).toBe('InvalidRange');
  const again = new PutObjectCommand({ Bucket, Key: 'stream', Body: 'x', IfNoneMatch: '*' });
  expect(await refusalOf(client.send(again))).toBe('PreconditionFailed');
});

test('refuses bytes that are not what their checksum says', async () => {
  const { s3 } = await startWithBucket();
  const ChecksumSHA256 = createHash('sha256').update('other').digest('base64');
  expect(await refusalOf(s3().send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x', ChecksumSHA256 })))).toBe(
    'BadDigest',
  );
});

test('an object in parts is there when it is complete, with a checksum over those of its parts', async () => {
  const { aws, s3 } = await startWithBucket();
  aws.world.settings.part = 4;
  const client = s3();
  const place = { Bucket, Key: 'disk' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...place, ChecksumAlgorithm: 'SHA256' }));
  const upload = async (PartNumber: number, Body: string) => {
    const part = new UploadPartCommand({ ...place, UploadId, PartNumber, Body, ChecksumAlgorithm: 'SHA256' });
    const { ETag, ChecksumSHA256 } = await client.send(part);
    return { PartNumber, ETag, ChecksumSHA256 };
  };
  const second = await upload(2, 'end');
  const first = await upload(1, 'begin');
  expect(first.ChecksumSHA256).toBe(createHash('sha256').update('begin').digest('base64'));
  const uploads = await client.send(new ListMultipartUploadsCommand({ Bucket }));
  expect(uploads.Uploads?.map(({ Key }) => Key)).toEqual(['disk']);
  aws.world.settings.page = 1;
  const list = await client.send(new ListPartsCommand({ ...place, UploadId }));
  expect([list.Parts?.[0], list.IsTruncated]).toMatchObject([{ ...first, Size: 5 }, true]);
  const rest = await client.send(
    new ListPartsCommand({ ...place, UploadId, PartNumberMarker: list.NextPartNumberMarker }),
  );
  expect([rest.Parts?.[0]?.PartNumber, rest.IsTruncated]).toEqual([2, false]);
  expect(await refusalOf(textOf(client, 'disk'))).toBe('NoSuchKey');
  const complete = (...Parts: object[]) =>
    client.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts } }));
  expect(await refusalOf(complete(second, first))).toBe('InvalidPartOrder');
  expect(await refusalOf(complete(first, first))).toBe('InvalidPartOrder');
  expect(await refusalOf(complete(first, { ...second, ETag: '"0"' }))).toBe('InvalidPart');
  expect(await refusalOf(complete(first, { ...second, ChecksumSHA256: undefined }))).toBe('InvalidPart');
  const sums = [first, second].map(({ ChecksumSHA256 = '' }) => Buffer.from(ChecksumSHA256, 'base64'));
  const whole = createHash('sha256').update(Buffer.concat(sums)).digest('base64');
  expect(await complete(first, second)).toMatchObject({
    ChecksumSHA256: `${whole}-2`,
    ETag: expect.stringMatching(/-2"$/),
  });
  expect(await textOf(client, 'disk')).toBe('beginend');
  expect(await refusalOf(complete(first, second))).toBe('NoSuchUpload');
});

test('a part that is not the last must be big enough, and an upload may be aborted', async () => {
  const { s3 } = await startWithBucket();
  const client = s3();
  const place = { Bucket, Key: 'disk' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(place));
  const Parts = [];
  for (const PartNumber of [1, 2]) {
    const { ETag } = await client.send(new UploadPartCommand({ ...place, UploadId, PartNumber, Body: 'x' }));
    Parts.push({ PartNumber, ETag });
  }
  const complete = new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts } });
  expect(await refusalOf(client.send(complete))).toBe('EntityTooSmall');
  await client.send(new AbortMultipartUploadCommand({ ...place, UploadId }));
  expect(await refusalOf(client.send(complete))).toBe('NoSuchUpload');
});

test('what the fake does not have is no success', async () => {
  const { aws } = await startWithBucket();
  const authorization = `AWS4-HMAC-SHA256 Credential=KEY/20261123/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
  const headers = { authorization, 'x-amz-date': '20261123T120000Z', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  const put = await fetch(`${aws.url}/images?policy`, { method: 'PUT', headers, body: '{}' });
  expect([put.status, await put.text()]).toEqual([501, expect.stringContaining('NotImplemented')]);
});

test('buckets of an account are listed by region and name, page by page', async () => {
  const { aws, s3 } = await startWithBucket();
  await s3('us-east-1').send(new CreateBucketCommand({ Bucket: 'away' }));
  const other = { LocationConstraint: 'eu-west-1' } as const;
  await s3().send(new CreateBucketCommand({ Bucket: 'a-third', CreateBucketConfiguration: other }));
  const named = async (more: object) =>
    (await s3().send(new ListBucketsCommand(more))).Buckets?.map(({ Name }) => Name);
  expect(await named({})).toEqual(['a-third', 'away', Bucket]);
  expect(await named({ BucketRegion: 'eu-west-1' })).toEqual(['a-third', Bucket]);
  expect(await named({ Prefix: 'im' })).toEqual([Bucket]);
  aws.world.settings.page = 2;
  const first = await s3().send(new ListBucketsCommand({}));
  expect(first.Buckets?.map(({ Name }) => Name)).toEqual(['a-third', 'away']);
  expect(await named({ ContinuationToken: first.ContinuationToken })).toEqual([Bucket]);
});
