/** The blocks of complete snapshots, listed page by page and read by token. Never those of an unfinished snapshot. */
import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import { BLOCK, blockAt, contentOf } from '../snapshots.ts';
import type { Reply, WireRequest } from '../wire/exchange.ts';
import type { SnapshotState } from '../world.ts';
import { blockIndex, invalid, ownSnapshot } from './refusals.ts';

export function listBlocks(cloud: Cloud, caller: Caller, { query }: WireRequest, [id = '']: readonly string[]): Reply {
  const snapshot = completed(cloud, caller, id);
  const indexes = [...contentOf(cloud, snapshot).keys()];
  const { page, next } = pageOf(cloud, indexes, query, id);
  const Blocks = page.map(BlockIndex => ({ BlockIndex, BlockToken: blockToken(cloud, snapshot, BlockIndex) }));
  return json({ Blocks, ...about(cloud, snapshot), NextToken: next });
}

export function listChangedBlocks(
  cloud: Cloud,
  caller: Caller,
  { query }: WireRequest,
  [id = '']: readonly string[],
): Reply {
  const second = completed(cloud, caller, id);
  const firstId = query.get('firstSnapshotId');
  const first = firstId === null ? undefined : completed(cloud, caller, firstId);
  if (first !== undefined && first.volume !== second.volume) throw invalid('The snapshots are not of the same volume');
  const before = first === undefined ? new Map<number, string>() : contentOf(cloud, first);
  const after = contentOf(cloud, second);
  const indexes = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b);
  const changed = indexes.filter(index => before.get(index) !== after.get(index));
  const { page, next } = pageOf(cloud, changed, query, `${firstId} ${id}`);
  const ChangedBlocks = page.map(BlockIndex => ({
    BlockIndex,
    FirstBlockToken: first !== undefined && before.has(BlockIndex) ? blockToken(cloud, first, BlockIndex) : undefined,
    SecondBlockToken: after.has(BlockIndex) ? blockToken(cloud, second, BlockIndex) : undefined,
  }));
  return json({ ChangedBlocks, ...about(cloud, second), NextToken: next });
}

export function getBlock(
  cloud: Cloud,
  caller: Caller,
  { query }: WireRequest,
  [id = '', indexText = '']: readonly string[],
): Reply {
  const snapshot = completed(cloud, caller, id);
  const index = blockIndex(indexText, snapshot);
  const [kind, owner, at, until] = readToken(query.get('blockToken') ?? '');
  if (kind !== 'block' || owner !== id || Number(at) !== index || Number(until) < cloud.now()) {
    throw invalid('The block token is not valid, or has expired', 'INVALID_BLOCK_TOKEN');
  }
  const digest = blockAt(cloud, snapshot, index);
  if (digest === undefined) throw invalid(`The snapshot has no block ${index}`, 'INVALID_BLOCK');
  const bytes = cloud.blocks.get(digest);
  const checksum = Buffer.from(digest, 'hex').toString('base64');
  const headers = {
    'content-type': 'application/octet-stream',
    'x-amz-data-length': String(bytes.length),
    'x-amz-checksum': checksum,
    'x-amz-checksum-algorithm': 'SHA256',
  };
  return { status: 200, headers, body: bytes };
}

function completed(cloud: Cloud, caller: Caller, id: string): SnapshotState {
  const snapshot = ownSnapshot(cloud, caller, id);
  if (snapshot.state !== 'completed') throw invalid(`The snapshot '${id}' is not completed`, 'INVALID_SNAPSHOT_ID');
  return snapshot;
}

function about({ now, world }: Cloud, { size }: SnapshotState): object {
  return { ExpiryTime: (now() + world.settings.tokenMs) / 1000, VolumeSize: size, BlockSize: BLOCK };
}

/** A client cannot request less than 100 at once, but the fake can be set to return fewer. */
function pageOf(
  cloud: Cloud,
  indexes: readonly number[],
  query: URLSearchParams,
  list: string,
): { page: readonly number[]; next: string | undefined } {
  const most = query.has('maxResults') ? Number(query.get('maxResults')) : 10_000;
  if (!(most >= 100 && most <= 10_000)) throw invalid(`maxResults is ${most}, and not from 100 to 10000`);
  const start =
    query.get('pageToken') === null ? Number(query.get('startingBlockIndex') ?? 0) : startOf(cloud, query, list);
  const rest = indexes.filter(index => index >= start);
  const page = rest.slice(0, Math.min(most, cloud.world.settings.page));
  const following = rest[page.length];
  if (following === undefined) return { page, next: undefined };
  return { page, next: writeToken('page', list, following, cloud.now() + cloud.world.settings.tokenMs) };
}

function startOf(cloud: Cloud, query: URLSearchParams, list: string): number {
  const [kind, of, start, until] = readToken(query.get('pageToken') ?? '');
  if (kind !== 'page' || of !== list || Number(until) < cloud.now()) {
    throw invalid('The page token is not valid, or has expired', 'INVALID_PAGE_TOKEN');
  }
  return Number(start);
}

function blockToken(cloud: Cloud, { id }: SnapshotState, index: number): string {
  return writeToken('block', id, index, cloud.now() + cloud.world.settings.tokenMs);
}

function writeToken(...parts: readonly (string | number)[]): string {
  return Buffer.from(parts.join('|')).toString('base64');
}

function readToken(token: string): readonly string[] {
  return Buffer.from(token, 'base64').toString('utf8').split('|');
}

function json(value: object): Reply {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
