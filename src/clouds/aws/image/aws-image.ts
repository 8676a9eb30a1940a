/**
 * An image as AWS is to have it: what makes it this one and no other, and the words around it that may change. The tags are the truth by which any aib
 * finds it again. Never asks AWS anything.
 */
import type { ExternalObject } from '../../../engine/model/external.ts';
import { type Digest, digestOf, type Sha256 } from '../../../store/content/digest.ts';

export interface AwsImage {
  readonly project: string;
  /** Which image of the project, release and all, such as `3.22.1-x86_64-uefi-tiny`: those of one key are revisions of one another. */
  readonly imageKey: string;
  /** Which variant of the project, whatever the release: their disks have most in common. */
  readonly variant: string;
  /** As AWS lists it, unique in a region of an account. */
  readonly name: (revision: number) => string;
  readonly description: string;
  readonly architecture: 'x86_64' | 'arm64';
  readonly bootMode: 'uefi' | 'legacy-bios';
  /** With the account's own key, or with the key of this ARN. */
  readonly encrypted: boolean | string;
  /** Machines of it have a TPM. */
  readonly tpm: boolean;
  /** How its disk gets there, which makes it no other image. */
  readonly importing: AwsImport;
  /** The words that people look for: version, release, firmware… */
  readonly tags: Readonly<Record<string, string>>;
}

export type AwsImport =
  | { readonly method: 'ebs' }
  /** The bucket is made for it where none is named; the role is the one that AWS looks for where none is. */
  | { readonly method: 's3'; readonly bucket?: string; readonly role?: string };

/** Where it stands. */
export interface AwsPlace {
  readonly account: string;
  readonly region: string;
}

/** Never renamed: by these an image and its snapshots are found. */
export const TAG = {
  identity: 'aib:identity',
  /** SHA-256 of the disk as it is packed, which is the same for the same bytes. */
  disk: 'aib:disk',
  /** Of a snapshot: the one whose blocks it shares. */
  parent: 'aib:parent',
  /** Of a snapshot, too: those of a variant may share blocks. */
  variant: 'aib:variant',
  project: 'project',
  imageKey: 'image_key',
  revision: 'revision',
  /** When it had first been made public or shared; set after that. */
  published: 'published',
  /** That aib has protected it from being removed: then aib may end that. */
  protected: 'aib:protected',
  /** That aib has shared its snapshot: then aib ends that, too. */
  snapshotShared: 'aib:snapshot-shared',
} as const;

export const TPM = 'v2.0';

/** What is in a tag where there is nothing: an empty value is hard to tell from none. */
export const NONE = 'none';

export function imageObject(
  { architecture, bootMode, encrypted, tpm }: AwsImage,
  { account, region }: AwsPlace,
  disk: Digest,
): ExternalObject {
  const parameters = { account, region, architecture, boot: bootMode, encrypted: String(encrypted) };
  return { sort: 'aws-image', parameters: tpm ? { ...parameters, tpm: TPM } : parameters, contents: { disk } };
}

/** Of the object, wherever it is used: an object without a disk is none of AWS's. */
export function diskOf({ contents }: ExternalObject): Digest {
  const { disk } = contents;
  if (disk === undefined) throw new TypeError('an image without a disk');
  return disk;
}

/** `Name` is what the console shows. */
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
 * Of a snapshot that is written here. It may be asked for again by whoever knows nothing of the first time, and a token that comes with other words is
 * refused: so there is nothing in these that changes while the object stays the same.
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

/** As the calls want tags. */
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
 * The token of a request: the same for everybody who makes the same object, so AWS answers all of them with the one thing. What has failed for good
 * is asked for by the token of the next attempt.
 */
export function requestToken(action: string, identity: Sha256, attempt: number): string {
  return digestOf(`aib ${action} 1\n${identity}\n${attempt}\n`).hash;
}
