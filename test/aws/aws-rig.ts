/** The client side of the fake of AWS: connections without waits, a disk of a few blocks, and the resulting state of the account. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AwsConnection, awsConnection } from '../../src/clouds/aws/account/connection.ts';
import { SNAPSHOT_BLOCK } from '../../src/clouds/aws/blocks/snapshot-blocks.ts';
import { type AwsImage, imageObject } from '../../src/clouds/aws/image/aws-image.ts';
import type { AwsTarget } from '../../src/clouds/aws/image/aws-target.ts';
import type { ExternalObject } from '../../src/engine/model/external.ts';
import { makeRaw } from '../../src/formats/fixtures.ts';
import { packDisk } from '../../src/formats/packed-disk.ts';
import { rawDisk } from '../../src/formats/raw.ts';
import { type Digest, digestOf } from '../../src/store/content/digest.ts';
import { testFolder } from '../../src/util/files/test-folder.ts';
import type { World } from '../fakes/aws/world.ts';

export const HOME = 'eu-west-1';
export const REGIONS = [HOME, 'us-east-1', 'us-west-2', 'eu-central-1'];
export const ACCOUNT = '123456789012';

export const IMAGE: AwsImage = {
  project: 'test-project',
  imageKey: '3.22.1-x86_64-uefi-tiny',
  variant: '//aws/x86_64/uefi/tiny@3.22',
  name: revision => `alpine-3.22.1-x86_64-uefi-tiny-r${revision}`,
  description: 'An image of a test',
  architecture: 'x86_64',
  bootMode: 'uefi',
  encrypted: false,
  tpm: false,
  importing: { method: 'ebs' },
  tags: { version: '3.22', firmware: 'uefi' },
};

/** Connections end with the fake of the test; their waits are a thousand times shorter. */
export function connect(url: string, memory: string): AwsConnection {
  return awsConnection({
    memory,
    factor: 0.000_1,
    random: () => 0.5,
    client: { endpoint: url, credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' } },
  });
}

export function targetAt(connection: AwsConnection, region: string, more: Partial<AwsTarget> = {}): AwsTarget {
  return {
    connection,
    place: { account: ACCOUNT, region },
    image: IMAGE,
    regions: REGIONS,
    publicIn: REGIONS,
    revise: false,
    ...more,
  };
}

export interface TestDisk {
  readonly path: string;
  readonly digest: Digest;
}

/** Each of these blocks is filled with the given byte. */
export async function makeDisk(blocks: Readonly<Record<number, number>>, size = 8 << 20): Promise<TestDisk> {
  const folder = testFolder('disk');
  const patches = Object.entries(blocks).map(([index, byte]) => ({
    at: Number(index) * SNAPSHOT_BLOCK,
    bytes: Buffer.alloc(SNAPSHOT_BLOCK, byte),
  }));
  const name = Object.entries(blocks).flat().join('-');
  const path = join(folder, `${name}.disk`);
  await packDisk(rawDisk(makeRaw(join(folder, `${name}.raw`), size, patches)), path);
  return { path, digest: digestOf(readFileSync(path)) };
}

export function objectAt(region: string, { digest }: TestDisk, image = IMAGE): ExternalObject {
  return imageObject(image, { account: ACCOUNT, region }, digest);
}

/** The state without ids and times, so that two worlds with the same result are equal. */
export function worldOf({ snapshots, images, buckets, uploads, parameters }: World): unknown {
  const sorted = <T extends object>(things: readonly T[]): T[] =>
    [...things].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const plain = (tags: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(tags)
        .map(([key, value]) => [key, key === 'published' ? 'some time' : value])
        .sort(),
    );
  return {
    buckets: Object.entries(buckets).map(([name, { objects }]) => ({ name, objects: Object.keys(objects) })),
    parameters: Object.keys(parameters).sort(),
    uploads: Object.values(uploads).map(({ key }) => key),
    snapshots: sorted(
      Object.values(snapshots).map(({ region, state, size, tags, blocks, permission }) => ({
        region,
        state,
        size,
        tags: plain(tags),
        blocks,
        permission,
      })),
    ),
    images: sorted(
      Object.values(images).map(
        ({ region, state, name, tags, permission, description, deprecateAt, devices, protection }) => ({
          ...{ region, state, name, protection, tags: plain(tags), permission, description, deprecateAt },
          disks: devices.map(({ snapshot = '' }) => snapshots[snapshot]?.blocks),
        }),
      ),
    ),
  };
}
