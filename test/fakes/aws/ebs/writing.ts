/**
 * A snapshot through EBS direct: started, written block by block, completed. Blocks may arrive in any order, several times, from several
 * clients; the final checks are the number of different blocks and, if given, the SHA-256 over their SHA-256s in the order of their
 * indexes.
 */
import { createHash } from 'node:crypto';
import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import { begin, passes } from '../lag.ts';
import { BLOCK, defaultKey, newSnapshot, settleSnapshot } from '../snapshots.ts';
import { AwsError } from '../wire/aws-error.ts';
import { headerOf, type Reply, type WireRequest } from '../wire/exchange.ts';
import type { SnapshotState } from '../world.ts';
import { blockIndex, invalid, notThere, ownSnapshot } from './refusals.ts';

interface StartRequest {
  readonly VolumeSize?: number;
  readonly ParentSnapshotId?: string;
  readonly Tags?: readonly { readonly Key?: string; readonly Value?: string }[];
  readonly Description?: string;
  readonly ClientToken?: string;
  readonly Encrypted?: boolean;
  readonly KmsKeyArn?: string;
  readonly Timeout?: number;
}

export function startSnapshot(cloud: Cloud, caller: Caller, { body }: WireRequest): Reply {
  const { ClientToken, ...asked } = readStart(body);
  const request = { action: 'StartSnapshot', token: ClientToken, asked };
  const earlier = cloud.earlier(caller, request, {
    isThere: id => id in cloud.world.snapshots,
    mismatch: () =>
      new AwsError(
        'ConflictException',
        'The request uses the same client token as a previous, but non-identical request.',
        {
          status: 503,
        },
      ),
  });
  if (earlier !== undefined) {
    const there = cloud.world.snapshots[earlier];
    return there === undefined ? gone(earlier, caller) : started(there, caller);
  }
  const { VolumeSize = 0, Tags = [], Description = '', Encrypted, KmsKeyArn, Timeout = 60 } = asked;
  if (!Number.isInteger(VolumeSize) || VolumeSize < 1 || VolumeSize > 16_384) {
    throw invalid(`The volume size ${VolumeSize} is not from 1 to 16384 GiB`, 'INVALID_VOLUME_SIZE');
  }
  if (Timeout < 10 || Timeout > 4320) throw invalid(`The timeout ${Timeout} is not from 10 to 4320 minutes`);
  if (KmsKeyArn !== undefined && Encrypted !== true) throw invalid('A KMS key needs Encrypted to be true');
  const parent = parentOf(cloud, caller, asked);
  const { quota, encryptedByDefault } = cloud.world.settings;
  const open = Object.values(cloud.world.snapshots).filter(
    each => each.account === caller.account && each.region === caller.region && each.state === 'open',
  );
  if (open.length >= quota.pendingSnapshots) {
    const words = 'You have reached the limit for concurrent API requests.';
    throw new AwsError('ConcurrentLimitExceededException', words, { status: 503 });
  }
  const encrypted = Encrypted === true || (parent === undefined && encryptedByDefault.includes(caller.region));
  const snapshot = newSnapshot(cloud, caller, {
    state: 'open',
    description: Description,
    size: VolumeSize,
    tags: tagsOf(Tags),
    parent: parent?.id,
    kmsKey: parent?.kmsKey ?? (encrypted ? (KmsKeyArn ?? defaultKey(caller)) : undefined),
    timeoutMinutes: Timeout,
  });
  cloud.remember(caller, request, snapshot.id);
  return started(snapshot, caller);
}

/** The original answer for a snapshot that has been deleted since. */
function gone(id: string, { account }: Caller): Reply {
  const answer = { SnapshotId: id, OwnerId: account, Status: 'pending', BlockSize: BLOCK };
  return { status: 201, headers: { 'content-type': 'application/json' }, body: JSON.stringify(answer) };
}

function readStart(body: Buffer): StartRequest {
  try {
    return JSON.parse(body.toString('utf8')) as StartRequest;
  } catch {
    throw new AwsError('SerializationException', 'The body of the request is no JSON');
  }
}

function parentOf(
  cloud: Cloud,
  caller: Caller,
  { ParentSnapshotId, Encrypted, VolumeSize = 0 }: StartRequest,
): SnapshotState | undefined {
  if (ParentSnapshotId === undefined) return undefined;
  if (Encrypted !== undefined) throw invalid('Encrypted and ParentSnapshotId cannot be used together');
  const parent = ownSnapshot(cloud, caller, ParentSnapshotId);
  if (parent.state !== 'completed') throw invalid(`The parent snapshot '${parent.id}' is not completed`);
  if (parent.size > VolumeSize) throw invalid(`The parent snapshot has ${parent.size} GiB`, 'INVALID_VOLUME_SIZE');
  return parent;
}

function tagsOf(tags: NonNullable<StartRequest['Tags']>): Record<string, string> {
  const bad = tags.some(
    ({ Key = '', Value = '' }) => Key === '' || Key.length > 127 || Value.length > 255 || Key.startsWith('aws:'),
  );
  if (bad || tags.length > 50) throw invalid('The tags are not valid', 'INVALID_TAG');
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}

function started(snapshot: SnapshotState, { account }: Caller): Reply {
  const { id, description, size, parent, kmsKey, tags, made, state } = snapshot;
  const answer = {
    SnapshotId: id,
    OwnerId: account,
    Status: state === 'completed' || state === 'error' ? state : 'pending',
    StartTime: made / 1000,
    VolumeSize: size,
    BlockSize: BLOCK,
    Description: description,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    ParentSnapshotId: parent,
    KmsKeyArn: kmsKey,
  };
  return { status: 201, headers: { 'content-type': 'application/json' }, body: JSON.stringify(answer) };
}

export function putBlock(
  cloud: Cloud,
  caller: Caller,
  request: WireRequest,
  [id = '', indexText = '']: readonly string[],
): Reply {
  const snapshot = ownSnapshot(cloud, caller, id);
  if (!passes(snapshot.writable, cloud.now())) throw notThere(id);
  if (snapshot.state !== 'open') throw invalid(`The snapshot '${id}' is not pending`, 'INVALID_SNAPSHOT_ID');
  const index = blockIndex(indexText, snapshot);
  const { body } = request;
  if (headerOf(request, 'x-amz-data-length') !== String(BLOCK) || body.length !== BLOCK) {
    throw invalid(`A block has ${BLOCK} bytes, not ${body.length}`, 'INVALID_BLOCK');
  }
  if (headerOf(request, 'x-amz-checksum-algorithm') !== 'SHA256')
    throw invalid('The checksum algorithm must be SHA256');
  const digest = createHash('sha256').update(body).digest('hex');
  const checksum = Buffer.from(digest, 'hex').toString('base64');
  if (headerOf(request, 'x-amz-checksum') !== checksum) {
    throw invalid('The checksum does not agree with the data', 'INVALID_BLOCK');
  }
  snapshot.blocks[index] = cloud.blocks.put(body, digest);
  snapshot.touched = cloud.now();
  return { status: 201, headers: { 'x-amz-checksum': checksum, 'x-amz-checksum-algorithm': 'SHA256' }, body: '' };
}

/** May be called again: a sealed snapshot stays sealed. */
export function completeSnapshot(
  cloud: Cloud,
  caller: Caller,
  request: WireRequest,
  [id = '']: readonly string[],
): Reply {
  const snapshot = ownSnapshot(cloud, caller, id);
  if (snapshot.state === 'error') throw invalid(`The snapshot '${id}' is in the state error`, 'INVALID_SNAPSHOT_ID');
  const indexes = Object.keys(snapshot.blocks).map(Number);
  const told = headerOf(request, 'x-amz-changedblockscount');
  if (told !== String(indexes.length)) {
    throw invalid(`${told ?? 'no number of'} changed blocks were told, and ${indexes.length} were written`);
  }
  const checksum = headerOf(request, 'x-amz-checksum');
  if (checksum !== undefined) checkSum(request, checksum, snapshot);
  if (snapshot.state === 'open') {
    snapshot.state = 'sealed';
    snapshot.sealing = begin(cloud.world.settings.lag.completed, cloud.now());
    if (caller.ending !== undefined) snapshot.ending = caller.ending;
    settleSnapshot(cloud, snapshot, false);
  }
  const status = snapshot.state === 'completed' ? 'completed' : 'pending';
  return { status: 202, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ Status: status }) };
}

function checkSum(request: WireRequest, told: string, { blocks }: SnapshotState): void {
  if (headerOf(request, 'x-amz-checksum-algorithm') !== 'SHA256')
    throw invalid('The checksum algorithm must be SHA256');
  if (headerOf(request, 'x-amz-checksum-aggregation-method') !== 'LINEAR')
    throw invalid('The aggregation method must be LINEAR');
  const hash = createHash('sha256');
  const ordered = Object.entries(blocks).sort(([a], [b]) => Number(a) - Number(b));
  for (const [, digest] of ordered) hash.update(Buffer.from(digest, 'hex'));
  if (hash.digest('base64') !== told) throw invalid('The checksum does not agree with those of the blocks');
}
