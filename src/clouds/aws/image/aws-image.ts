/**
 * The description of an image for AWS: the facts that identify it, and the texts that may change. Every aib finds it by its tags. Never
 * calls AWS.
 */
import type { ExternalObject } from '../../../engine/model/external.ts';
import { type Digest, digestOf, type Sha256 } from '../../../store/content/digest.ts';

export interface AwsImage {
  readonly project: string;
  /** The image in the project with its release, such as `3.22.1-x86_64-uefi-tiny`: images with the same key are revisions of each other. */
  readonly imageKey: string;
  /** The variant in the project, independent of the release: its disks share most blocks. */
  readonly variant: string;
  /** The name at AWS, unique in a region of an account. */
  readonly name: (revision: number) => string;
  readonly description: string;
  readonly architecture: 'x86_64' | 'arm64';
  readonly bootMode: 'uefi' | 'legacy-bios';
  /** True: with the account's own key; a text: with the key of this ARN. */
  readonly encrypted: boolean | string;
  /** Its machines have a TPM. */
  readonly tpm: boolean;
  /** How the disk is imported, which is not part of the identity. */
  readonly importing: AwsImport;
  /** Tags for users to search by: version, release, firmware… */
  readonly tags: Readonly<Record<string, string>>;
}

export type AwsImport =
  | { readonly method: 'ebs' }
  /** Default bucket: one that is created for the import; default role: the one that AWS uses by default. */
  | { readonly method: 's3'; readonly bucket?: string; readonly role?: string };

/** The place of an image. */
export interface AwsPlace {
  readonly account: string;
  readonly region: string;
}

/** Must never be renamed: images and snapshots are found by these tags. */
export const TAG = {
  identity: 'aib:identity',
  /** SHA-256 of the packed disk, which is the same for the same bytes. */
  disk: 'aib:disk',
  /** For a snapshot: the snapshot that it shares blocks with. */
  parent: 'aib:parent',
  /** Also for a snapshot: snapshots of a variant may share blocks. */
  variant: 'aib:variant',
  project: 'project',
  imageKey: 'image_key',
  revision: 'revision',
  /** When it was first made public or shared; set after that. */
  published: 'published',
  /** aib has protected it from deregistration, so aib may end the protection. */
  protected: 'aib:protected',
  /** aib has shared its snapshot, so aib may end that. */
  snapshotShared: 'aib:snapshot-shared',
} as const;

export const TPM = 'v2.0';

/** The value of a tag without content: an empty value is hard to distinguish from a missing one. */
export const NONE = 'none';

export function imageObject(
  { architecture, bootMode, encrypted, tpm }: AwsImage,
  { account, region }: AwsPlace,
  disk: Digest,
): ExternalObject {
  const parameters = { account, region, architecture, boot: bootMode, encrypted: String(encrypted) };
  return { sort: 'aws-image', parameters: tpm ? { ...parameters, tpm: TPM } : parameters, contents: { disk } };
}

/** The disk of an object; every AWS object has one. */
export function diskOf({ contents }: ExternalObject): Digest {
  const { disk } = contents;
  if (disk === undefined) throw new TypeError('an image without a disk');
  return disk;
}

/** The console shows `Name`. */
export function imageTags(
  image: AwsImage,
  about: { readonly identity: Sha256; readonly disk: Digest; readonly revision: number },
): Readonly<Record<string, string>> {
  const { identity, disk, revision } = about;
  return {
    ...image.tags,
    Name: image.name(revision),
    [TAG.project]: image.project,
    [TAG.imageKey]: image.imageKey,
    [TAG.variant]: image.variant,
    [TAG.revision]: String(revision),
    [TAG.disk]: disk.hash,
    [TAG.identity]: identity,
  };
}

/**
 * The tags of a snapshot that aib writes. Another run may repeat the request with the same token, and AWS refuses a token with other
 * parameters: so these tags must depend only on the object.
 */
export function snapshotTags(
  { project, variant }: AwsImage,
  about: { readonly identity: Sha256; readonly disk: Digest; readonly parent: string | undefined },
): Readonly<Record<string, string>> {
  const { identity, disk, parent = NONE } = about;
  return {
    Name: variant,
    [TAG.project]: project,
    [TAG.variant]: variant,
    [TAG.disk]: disk.hash,
    [TAG.parent]: parent,
    [TAG.identity]: identity,
  };
}

/** Tags in the format of the calls. */
export function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function tagOf(
  thing: {
    readonly Tags?: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined;
  },
  key: string,
): string | undefined {
  return thing.Tags?.find(({ Key }) => Key === key)?.Value;
}

/**
 * The token of a request: the same for everyone who makes the same object, so AWS returns the same object to all. After a permanent
 * failure, the next attempt has another token.
 */
export function requestToken(action: string, identity: Sha256, attempt: number): string {
  return digestOf(`aib ${action} 1\n${identity}\n${attempt}\n`).hash;
}
