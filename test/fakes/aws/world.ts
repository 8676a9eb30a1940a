/**
 * The whole state of the fake of AWS, as plain data that can be saved. Never contains bytes, which are in the block store by their digest.
 */

import type { Ending } from './caller.ts';
import type { Wait } from './lag.ts';
import { defaultSettings, type Settings } from './settings.ts';

export interface World {
  settings: Settings;
  /** The number of ids that were assigned, of all sorts. */
  given: number;
  readonly seed: string;
  snapshots: Record<string, SnapshotState>;
  images: Record<string, ImageState>;
  imports: Record<string, ImportState>;
  /** By account, region, action and token: the request, and the id of its result. */
  tokens: Record<string, { asked: string; id: string }>;
  buckets: Record<string, BucketState>;
  uploads: Record<string, UploadState>;
  /** The Parameter Store: by account, region and name. */
  parameters: Record<string, string>;
  /** Deregistered images. */
  deregistered: string[];
}

/** The common fields of all EC2 objects. */
export interface Thing {
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly made: number;
  readonly visible: Wait;
  tags: Record<string, string>;
}

export interface Permission {
  users: string[];
  groups: string[];
  organizations: string[];
  units: string[];
}

/**
 *     open ──CompleteSnapshot──► sealed ──lag──► completed
 *       └──timeout──► error        └──ending──► error
 *
 * `open` and `sealed` are both `pending` for clients.
 */
export interface SnapshotState extends Thing {
  state: 'open' | 'sealed' | 'completed' | 'error';
  description: string;
  readonly size: number;
  readonly volume: string;
  readonly parent: string | undefined;
  readonly kmsKey: string | undefined;
  readonly timeoutMinutes: number;
  /** The time of the last write of a block. */
  touched: number;
  readonly writable: Wait;
  sealing: Wait;
  ending: Ending | undefined;
  message: string | undefined;
  /** The blocks of the snapshot itself, by index; without those of its parent. */
  blocks: Record<number, string>;
  permission: Permission;
  finished: number | undefined;
}

export interface ImageState extends Thing {
  state: 'pending' | 'available' | 'failed';
  readonly name: string;
  description: string;
  readonly architecture: string;
  readonly virtualization: string;
  readonly bootMode: string | undefined;
  readonly tpmSupport: string | undefined;
  imdsSupport: string | undefined;
  readonly uefiData: string | undefined;
  readonly ena: boolean;
  readonly sriov: string | undefined;
  readonly rootDevice: string;
  readonly devices: readonly DeviceState[];
  readonly copiedFrom: { readonly id: string; readonly region: string } | undefined;
  readonly coming: Wait;
  readonly ending: Ending | undefined;
  permission: Permission;
  deprecateAt: number | undefined;
  protection: 'disabled' | 'enabled' | 'enabled-with-cooldown' | 'disabling';
  protectedUntil: number | undefined;
}

export interface DeviceState {
  readonly name: string;
  readonly snapshot: string | undefined;
  readonly size: number | undefined;
  readonly type: string | undefined;
  readonly deleteOnTermination: boolean;
  readonly encrypted: boolean;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
}

export interface ImportState extends Thing {
  /** Index of the present step of an import; equal to the number of steps when it is completed. */
  step: number;
  wait: Wait;
  status: 'active' | 'completed' | 'deleting' | 'deleted';
  message: string | undefined;
  readonly format: string;
  readonly description: string;
  readonly bucket: string;
  readonly key: string;
  readonly url: string | undefined;
  readonly kmsKey: string | undefined;
  readonly encrypted: boolean;
  readonly ending: Ending | undefined;
  bytes: number;
  snapshot: string | undefined;
}

export interface BucketState {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly made: number;
  readonly visible: Wait;
  objects: Record<string, ObjectState>;
  tags: Record<string, string>;
  publicAccessBlock: Record<string, boolean> | undefined;
}

export interface ObjectState {
  readonly etag: string;
  readonly size: number;
  readonly made: number;
  readonly type: string;
  readonly metadata: Record<string, string>;
  readonly checksums: Record<string, string>;
  readonly pieces: readonly { readonly digest: string; readonly size: number }[];
}

export interface UploadState {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly account: string;
  readonly made: number;
  readonly algorithm: string | undefined;
  readonly type: string;
  readonly metadata: Record<string, string>;
  parts: Record<number, PartState>;
}

export interface PartState {
  readonly etag: string;
  readonly size: number;
  readonly digest: string;
  readonly made: number;
  readonly checksums: Record<string, string>;
}

export function emptyWorld(seed: string): World {
  const things = {
    snapshots: {},
    images: {},
    imports: {},
    tokens: {},
    buckets: {},
    uploads: {},
    parameters: {},
    deregistered: [],
  };
  return { settings: defaultSettings(), given: 0, seed, ...things };
}

export function nobody(): Permission {
  return { users: [], groups: [], organizations: [], units: [] };
}
