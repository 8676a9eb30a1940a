/** Reads images and snapshots of an account from AWS, with all pages. Never changes anything. */
import {
  type CreateVolumePermission,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  type DescribeImagesRequest,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  type DescribeSnapshotsRequest,
  type Filter,
  type Image,
  type LaunchPermission,
  type Snapshot,
} from '@aws-sdk/client-ec2';
import { ok, type Result } from '../../../util/result.ts';
import { type AwsAnswer, type AwsCall, askAws } from './ask-aws.ts';
import type { AwsConnection } from './connection.ts';

export interface Asking {
  readonly connection: AwsConnection;
  readonly region: string;
  readonly signal: AbortSignal;
}

/** A filter by tags, and by AWS's own attributes of an image: its name, whether it is public. */
export type Wanted = Readonly<Record<string, string>>;

export function callOf({ connection, region, signal }: Asking): Omit<AwsCall, 'action'> {
  return { region, policy: connection.policy, signal };
}

/** The oldest first; never images of other accounts. */
export async function ownImages(asking: Asking, wanted: Wanted): Promise<AwsAnswer<readonly Image[]>> {
  const client = asking.connection.ec2(asking.region);
  const asked: DescribeImagesRequest = { Owners: ['self'], Filters: filtersOf(wanted), IncludeDeprecated: true };
  const images: Image[] = [];
  const ask = (page: Page) => client.send(new DescribeImagesCommand({ ...asked, ...page }));
  for await (const seen of pagesOf(asking, 'DescribeImages', ask)) {
    if (!seen.ok) return seen;
    images.push(...(seen.value.Images ?? []));
  }
  return ok(images.sort((a, b) => compare(a.CreationDate, b.CreationDate) || compare(a.ImageId, b.ImageId)));
}

/** The oldest first. */
export async function ownSnapshots(asking: Asking, wanted: Wanted): Promise<AwsAnswer<readonly Snapshot[]>> {
  const client = asking.connection.ec2(asking.region);
  const asked: DescribeSnapshotsRequest = { OwnerIds: ['self'], Filters: filtersOf(wanted) };
  const snapshots: Snapshot[] = [];
  const ask = (page: Page) => client.send(new DescribeSnapshotsCommand({ ...asked, ...page }));
  for await (const seen of pagesOf(asking, 'DescribeSnapshots', ask)) {
    if (!seen.ok) return seen;
    snapshots.push(...(seen.value.Snapshots ?? []));
  }
  const time = ({ StartTime }: Snapshot): string => StartTime?.toISOString() ?? '';
  return ok(snapshots.sort((a, b) => compare(time(a), time(b)) || compare(a.SnapshotId, b.SnapshotId)));
}

/** Undefined for an invisible image: it was deleted, or just created. */
export async function imageOf(asking: Asking, id: string): Promise<Result<Image | undefined>> {
  const client = asking.connection.ec2(asking.region);
  const answer = await askAws({ ...callOf(asking), action: 'DescribeImages' }, () =>
    client.send(new DescribeImagesCommand({ ImageIds: [id], IncludeDeprecated: true })),
  );
  return seenOrNot(answer, ({ Images = [] }) => Images[0]);
}

/** Who else may create volumes from a snapshot. */
export async function volumePermissions(
  asking: Asking,
  id: string,
): Promise<Result<readonly CreateVolumePermission[]>> {
  const client = asking.connection.ec2(asking.region);
  const answer = await askAws({ ...callOf(asking), action: 'DescribeSnapshotAttribute', passes: ['absent'] }, () =>
    client.send(new DescribeSnapshotAttributeCommand({ SnapshotId: id, Attribute: 'createVolumePermission' })),
  );
  return answer.ok ? ok(answer.value.CreateVolumePermissions ?? []) : answer;
}

export async function snapshotOf(asking: Asking, id: string): Promise<AwsAnswer<Snapshot | undefined>> {
  const client = asking.connection.ec2(asking.region);
  const answer = await askAws({ ...callOf(asking), action: 'DescribeSnapshots' }, () =>
    client.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] })),
  );
  return seenOrNot(answer, ({ Snapshots = [] }) => Snapshots[0]);
}

/** Who else may use an image. */
export async function launchPermissions(asking: Asking, id: string): Promise<Result<readonly LaunchPermission[]>> {
  const client = asking.connection.ec2(asking.region);
  const answer = await askAws({ ...callOf(asking), action: 'DescribeImageAttribute' }, () =>
    client.send(new DescribeImageAttributeCommand({ ImageId: id, Attribute: 'launchPermission' })),
  );
  return answer.ok ? ok(answer.value.LaunchPermissions ?? []) : answer;
}

/** Polls until an object is visible, as long as AWS may take to show a new object. */
export async function untilSeen<T>(
  { connection, signal }: Asking,
  look: () => Promise<Result<T | undefined>>,
  most = connection.looks,
): Promise<Result<T | undefined>> {
  for (let looks = 1; ; looks += 1) {
    const seen = await look();
    if (!seen.ok || seen.value !== undefined || looks >= most) return seen;
    await connection.policy.wait(connection.pollMs, signal);
    signal.throwIfAborted();
  }
}

function seenOrNot<A, T>(answer: AwsAnswer<A>, take: (value: A) => T | undefined): AwsAnswer<T | undefined> {
  if (answer.ok) return ok(take(answer.value));
  return answer.refusal.kind === 'absent' ? ok(undefined) : answer;
}

export interface Page {
  readonly NextToken?: string;
}

/** The answers page by page; a refusal is the last. */
export async function* pagesOf<A extends { readonly NextToken?: string | undefined }>(
  asking: Asking,
  action: string,
  ask: (page: Page) => Promise<A>,
): AsyncGenerator<AwsAnswer<A>> {
  for (let page: Page | undefined = {}; page !== undefined; ) {
    const at: Page = page;
    const answer = await askAws({ ...callOf(asking), action }, () => ask(at));
    yield answer;
    const token: string | undefined = answer.ok ? answer.value.NextToken : undefined;
    page = token === undefined ? undefined : { NextToken: token };
  }
}

const OWN_FILTERS: ReadonlySet<string> = new Set(['name', 'is-public']);

function filtersOf(wanted: Wanted): Filter[] {
  return Object.entries(wanted).map(([key, value]) => ({
    Name: OWN_FILTERS.has(key) ? key : `tag:${key}`,
    Values: [value],
  }));
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
