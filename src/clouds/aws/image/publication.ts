/** Who may use an image, and until when: what is wanted, as an object of its own, so that other wishes are asked for again. Never asks AWS anything. */
import type { ExternalObject } from '../../../engine/model/external.ts';
import type { Digest } from '../../../store/content/digest.ts';
import { compareUtf8 } from '../../../util/bytes.ts';
import { type AwsImage, type AwsPlace, imageObject } from './aws-image.ts';

export interface AwsPublication {
  /** `PUBLIC`, numbers of accounts, ARNs of organisations and their units. */
  readonly access: readonly string[];
  /** A date: from the day after on, AWS shows it to nobody who does not know it. */
  readonly endOfLife?: string;
  /** It cannot be removed before somebody ends that. */
  readonly isProtected?: boolean;
  /** Those of `access` that are no organisations may make disks of its snapshot. */
  readonly sharesSnapshots?: boolean;
  /** By this name, its id can be looked up in the Parameter Store of its region. */
  readonly parameter?: string;
}

/** One who may use an image, as AWS has it. */
export type Grantee =
  | { readonly Group: 'all' }
  | { readonly UserId: string }
  | { readonly OrganizationArn: string }
  | { readonly OrganizationalUnitArn: string };

export const PUBLIC = 'PUBLIC';

const DAY_MS = 86_400_000;
/** AWS takes no date that is later, of an image for everybody; a later run moves it on. */
const LONGEST_MS = 2 * 365 * DAY_MS - DAY_MS;
/** A date that had to be cut short is left alone for as long. */
const MOVED_EVERY_MS = 30 * DAY_MS;
const MINUTE_MS = 60_000;

export function publicationObject(
  image: AwsImage,
  place: AwsPlace,
  disk: Digest,
  { access, endOfLife = '', isProtected, sharesSnapshots, parameter }: AwsPublication,
): ExternalObject {
  const { parameters, contents } = imageObject(image, place, disk);
  // What is not asked for is not said: identities of old stay what they are.
  const wanted = {
    ...{ access: [...access].sort(compareUtf8).join(' '), end: endOfLife, description: image.description },
    ...(isProtected === true ? { protected: 'true' } : {}),
    ...(sharesSnapshots === true ? { snapshots: 'true' } : {}),
    ...(parameter === undefined ? {} : { parameter }),
  };
  return { sort: 'aws-publication', parameters: { ...parameters, ...wanted }, contents };
}

export function granteeOf(name: string): Grantee {
  if (name === PUBLIC) return { Group: 'all' };
  if (!name.startsWith('arn:')) return { UserId: name };
  return name.includes(':ou/') ? { OrganizationalUnitArn: name } : { OrganizationArn: name };
}

/** Snapshots are shared with everybody and with accounts alone. */
export function snapshotGrantees({ access, sharesSnapshots = false }: AwsPublication): readonly string[] {
  return sharesSnapshots ? access.filter(name => !name.startsWith('arn:')) : [];
}

/** What `granteeOf` takes, of what AWS says. */
export function nameOfGrantee(grantee: {
  readonly Group?: string | undefined;
  readonly UserId?: string | undefined;
  readonly OrganizationArn?: string | undefined;
  readonly OrganizationalUnitArn?: string | undefined;
}): string {
  if (grantee.Group === 'all') return PUBLIC;
  return grantee.UserId ?? grantee.OrganizationArn ?? grantee.OrganizationalUnitArn ?? '';
}

/** Milliseconds since 1970; undefined if it needs no other than it has. */
export function newDeprecation(
  { access, endOfLife }: AwsPublication,
  has: number | undefined,
  now: number,
): number | undefined {
  if (endOfLife === undefined) return undefined;
  const end = Date.parse(`${endOfLife}T23:59:00Z`);
  // AWS takes no date in the past.
  if (!Number.isFinite(end) || end <= now) return undefined;
  const longest = access.includes(PUBLIC) ? now + LONGEST_MS : Number.POSITIVE_INFINITY;
  const wanted = Math.floor(Math.min(end, longest) / MINUTE_MS) * MINUTE_MS;
  const slack = end > longest ? MOVED_EVERY_MS : MINUTE_MS;
  return has !== undefined && Math.abs(has - wanted) <= slack ? undefined : wanted;
}
