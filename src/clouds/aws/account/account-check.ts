/** What stands in the way of publishing with an account, found out by questions alone: who it is, which regions are open, and what is set there. */
import { ok, type Result } from '../../../util/result.ts';
import type { AwsAccount } from './aws-account.ts';
import type { AwsConnection } from './connection.ts';
import type { Asking } from './describe.ts';
import { allowsPublic, encryptsAll } from './public-access.ts';
import { publicQuota, quotaWords } from './public-quota.ts';

export interface AwsCheck {
  readonly name: string;
  /** In words; or why it could not be found out. */
  readonly found: Result<{ readonly words: string; readonly isInTheWay: boolean }>;
}

/** One for each region, in the order of their names. */
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
