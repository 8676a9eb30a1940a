/** Checks whether an account can publish images, per region: block of public access, default encryption, quota. Never changes anything. */
import { ok, type Result } from '../../../util/result.ts';
import type { AwsAccount } from './aws-account.ts';
import type { AwsConnection } from './connection.ts';
import type { Asking } from './describe.ts';
import { allowsPublic, encryptsAll } from './public-access.ts';
import { publicQuota, quotaWords } from './public-quota.ts';

export interface AwsCheck {
  readonly name: string;
  /** The result in words, or why the check failed. */
  readonly found: Result<{ readonly words: string; readonly isInTheWay: boolean }>;
}

/** One check for each region, in the order of their names. */
export async function* checkRegions(
  connection: AwsConnection,
  { enabled }: AwsAccount,
  signal: AbortSignal,
): AsyncGenerator<AwsCheck> {
  for (const region of enabled) yield { name: region, found: await checkRegion({ connection, region, signal }) };
}

async function checkRegion(asking: Asking): Promise<AwsCheck['found']> {
  const allowed = await allowsPublic(asking);
  if (!allowed.ok) return allowed;
  const encrypts = await encryptsAll(asking);
  if (!encrypts.ok) return encrypts;
  const quota = await publicQuota(asking);
  const known = quota.ok ? quota.value : undefined;
  const faults = [
    ...(known === undefined || known.used < known.most ? [] : ['the quota of public images is reached']),
    ...(allowed.value ? [] : ['images cannot be made public']),
    ...(encrypts.value ? ['new snapshots are encrypted, so images cannot be made public'] : []),
  ];
  return ok({
    words: [
      ...(faults.length === 0 ? ['images can be made public'] : faults),
      ...(known === undefined ? [] : [`it has ${quotaWords(known)}`]),
    ].join('; '),
    isInTheWay: faults.length > 0,
  });
}
