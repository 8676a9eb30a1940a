/**
 * Sends a file to S3 in parts, several at a time. Existing parts of an unfinished upload of any run, or the complete object, are not sent
 * again. Never trusts anything except checksums.
 */
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListPartsCommand,
  type Part,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Progress } from '../../../engine/model/external.ts';
import { breather } from '../../../util/breather.ts';
import { ok } from '../../../util/result.ts';
import { type AwsAnswer, askAws } from '../account/ask-aws.ts';
import { type Asking, callOf } from '../account/describe.ts';
import { sendAll } from '../account/send-all.ts';
import { type ImportPlace, uploadsOf } from './import-place.ts';
import { type ObjectPart, partsOf, wholeChecksum } from './object-parts.ts';
import { s3Of } from './s3-client.ts';

/** With the client's copies, about 100 MiB. */
const AT_A_TIME = 6;

interface Upload {
  readonly asking: Asking;
  /** Whether the bucket was just created: then it may not be visible everywhere. */
  readonly isNew: boolean;
  readonly place: ImportPlace;
  readonly path: string;
  /** Bytes of the file. */
  readonly size: number;
  readonly progress: (progress: Progress) => void;
}

/** False if it was aborted. A refusal of the kind `absent` means that another run has cleared the place in the meantime. */
export async function uploadObject(upload: Upload): Promise<AwsAnswer<boolean>> {
  const { asking, place, path, size, isNew } = upload;
  const there = await checksumAt(asking, place);
  if (there !== undefined && there === (await checksumOf(path, size))) return ok(true);
  const begun = await uploadsOf(asking, place);
  if (!begun.ok) return begun;
  const [earlier] = begun.value;
  const id = earlier === undefined ? await create(asking, place, isNew) : ok(earlier);
  if (!id.ok) return id;
  const known = earlier === undefined ? ok(new Map<number, Part>()) : await partsAt(asking, place, id.value);
  if (!known.ok) return known;
  const parts = await sendParts(upload, id.value, known.value);
  if (!parts.ok || parts.value === undefined) return parts.ok ? ok(false) : parts;
  return complete(asking, place, id.value, parts.value);
}

async function checksumOf(path: string, size: number): Promise<string> {
  const checksums: string[] = [];
  const breathe = breather();
  for (const { checksum } of partsOf(path, size)) {
    checksums.push(checksum);
    await breathe();
  }
  return wholeChecksum(checksums);
}

/** The checksum of the existing object; undefined if there is none. */
async function checksumAt(asking: Asking, { bucket, key }: ImportPlace): Promise<string | undefined> {
  const answer = await askAws({ ...callOf(asking), action: 'HeadObject' }, () =>
    s3Of(asking.connection, asking.region).send(
      new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }),
    ),
  );
  // Without the rights, the answer has no reason; the next call reports it.
  return answer.ok ? answer.value.ChecksumSHA256 : undefined;
}

async function create(asking: Asking, { bucket, key }: ImportPlace, isNew: boolean): Promise<AwsAnswer<string>> {
  const passes = isNew ? (['absent'] as const) : [];
  const answer = await askAws({ ...callOf(asking), action: 'CreateMultipartUpload', passes }, () =>
    s3Of(asking.connection, asking.region).send(
      new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ChecksumAlgorithm: 'SHA256' }),
    ),
  );
  return answer.ok ? ok(answer.value.UploadId ?? '') : answer;
}

async function partsAt(
  asking: Asking,
  { bucket, key }: ImportPlace,
  UploadId: string,
): Promise<AwsAnswer<ReadonlyMap<number, Part>>> {
  const parts = new Map<number, Part>();
  for (let marker: string | undefined; ; ) {
    const from = marker;
    const answer = await askAws({ ...callOf(asking), action: 'ListParts' }, () =>
      s3Of(asking.connection, asking.region).send(
        new ListPartsCommand({
          ...{ Bucket: bucket, Key: key, UploadId },
          ...(from === undefined ? {} : { PartNumberMarker: from }),
        }),
      ),
    );
    if (!answer.ok) return answer;
    for (const part of answer.value.Parts ?? []) parts.set(part.PartNumber ?? 0, part);
    marker = answer.value.NextPartNumberMarker;
    if (answer.value.IsTruncated !== true || marker === undefined) return ok(parts);
  }
}

/** A part in S3's format. */
interface SentPart {
  readonly PartNumber: number;
  readonly ETag: string;
  readonly ChecksumSHA256: string;
}

/** All parts, in order; undefined if it was aborted. */
async function sendParts(
  { asking, place, path, size, progress }: Upload,
  id: string,
  known: ReadonlyMap<number, Part>,
): Promise<AwsAnswer<readonly SentPart[] | undefined>> {
  const client = s3Of(asking.connection, asking.region);
  const sent: SentPart[] = [];
  let done = 0;
  const send = async (part: ObjectPart): Promise<AwsAnswer<unknown>> => {
    const answer = await askAws({ ...callOf(asking), action: 'UploadPart' }, () => put(client, place, id, part));
    if (!answer.ok) return answer;
    sent.push({ PartNumber: part.number, ETag: answer.value.ETag ?? '', ChecksumSHA256: part.checksum });
    done += part.bytes.byteLength;
    progress({ done, total: size });
    return answer;
  };
  const lacking = function* (): Generator<ObjectPart> {
    for (const part of partsOf(path, size)) {
      const before = known.get(part.number);
      if (before?.ChecksumSHA256 !== part.checksum || before.ETag === undefined) {
        yield part;
        continue;
      }
      sent.push({ PartNumber: part.number, ETag: before.ETag, ChecksumSHA256: part.checksum });
      done += part.bytes.byteLength;
    }
  };
  const ended = await sendAll(lacking(), { atATime: AT_A_TIME, signal: asking.signal }, send);
  if (!ended.ok) return ended;
  if (!ended.value) return ok(undefined);
  return ok(sent.sort((a, b) => a.PartNumber - b.PartNumber));
}

function put(
  client: S3Client,
  { bucket, key }: ImportPlace,
  UploadId: string,
  { number, bytes, checksum }: ObjectPart,
) {
  return client.send(
    new UploadPartCommand({
      ...{ Bucket: bucket, Key: key, UploadId, PartNumber: number },
      ...{ Body: bytes, ContentLength: bytes.byteLength, ChecksumSHA256: checksum },
    }),
  );
}

async function complete(
  asking: Asking,
  { bucket, key }: ImportPlace,
  id: string,
  parts: readonly SentPart[],
): Promise<AwsAnswer<boolean>> {
  const answer = await askAws({ ...callOf(asking), action: 'CompleteMultipartUpload' }, () =>
    s3Of(asking.connection, asking.region).send(
      new CompleteMultipartUploadCommand({
        Bucket: bucket,
        Key: key,
        UploadId: id,
        MultipartUpload: { Parts: [...parts] },
      }),
    ),
  );
  if (answer.ok) return ok(true);
  // The answer was lost, or another run was faster: check the object.
  if (answer.refusal.kind !== 'absent') return answer;
  return (await checksumAt(asking, { bucket, key })) === wholeChecksum(parts.map(each => each.ChecksumSHA256))
    ? ok(true)
    : answer;
}
