/** Who may use an image, and until when, as a separate object, so that a changed publication does not change the image. Never calls AWS. */
import type { ExternalObject } from '../../../engine/model/external.ts';
import type { Digest } from '../../../store/content/digest.ts';
import { compareUtf8 } from '../../../util/bytes.ts';
import { type AwsImage, type AwsPlace, imageObject } from './aws-image.ts';

export interface AwsPublication {
  /** `PUBLIC`, account numbers, ARNs of organisations and their units. */
  readonly access: readonly string[];
  /** A date: from the next day on, AWS lists it only to users who know its id. */
  readonly endOfLife?: string;
  /** It cannot be removed before its protection is ended. */
  readonly isProtected?: boolean;
  /** Members of `access` that are not organisations may create volumes from its snapshot. */
  readonly sharesSnapshots?: boolean;
  /** The name of its id in the Parameter Store of its region. */
  readonly parameter?: string;
}

/** A user of an image, in AWS's format. */
export type Grantee =
  | { readonly Group: 'all' }
  | { readonly UserId: string }
  | { readonly OrganizationArn: string }
  | { readonly OrganizationalUnitArn: string };

export const PUBLIC = 'PUBLIC';

const DAY_MS = 86_400_000;
/** The latest date that AWS accepts for a public image; later runs move it. */
const LONGEST_MS = 2 * 365 * DAY_MS - DAY_MS;
/** A shortened date is not moved more often. */
const MOVED_EVERY_MS = 30 * DAY_MS;
const MINUTE_MS = 60_000;

export function publicationObject(
  image: AwsImage,
  place: AwsPlace,
  disk: Digest,
  { access, endOfLife = '', isProtected, sharesSnapshots, parameter }: AwsPublication,
): ExternalObject {
  const { parameters, contents } = imageObject(image, place, disk);
  // Unset wishes are omitted, so that old identities stay the same.
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

/** Snapshots can be shared with everyone and with accounts, but not with organisations. */
export function snapshotGrantees({ access, sharesSnapshots = false }: AwsPublication): readonly string[] {
  return sharesSnapshots ? access.filter(name => !name.startsWith('arn:')) : [];
}

/** The inverse of `granteeOf`. */
export function nameOfGrantee(grantee: {
  readonly Group?: string | undefined;
  readonly UserId?: string | undefined;
  readonly OrganizationArn?: string | undefined;
  readonly OrganizationalUnitArn?: string | undefined;
}): string {
  if (grantee.Group === 'all') return PUBLIC;
  return grantee.UserId ?? grantee.OrganizationArn ?? grantee.OrganizationalUnitArn ?? '';
}

/** Milliseconds since 1970; undefined if the current date is right. */
export function newDeprecation(
  { access, endOfLife }: AwsPublication,
  has: number | undefined,
  now: number,
): number | undefined {
  if (endOfLife === undefined) return undefined;
  const end = Date.parse(`${endOfLife}T23:59:00Z`);
  // AWS accepts no date in the past.
  if (!Number.isFinite(end) || end <= now) return undefined;
  const longest = access.includes(PUBLIC) ? now + LONGEST_MS : Number.POSITIVE_INFINITY;
  const wanted = Math.floor(Math.min(end, longest) / MINUTE_MS) * MINUTE_MS;
  const slack = end > longest ? MOVED_EVERY_MS : MINUTE_MS;
  return has !== undefined && Math.abs(has - wanted) <= slack ? undefined : wanted;
}
