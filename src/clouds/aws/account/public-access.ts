/**
 * Whether an account blocks public images, as new accounts do in each region. Checked first, so that nothing is sent that can never be
 * shared.
 */
import { GetEbsEncryptionByDefaultCommand, GetImageBlockPublicAccessStateCommand } from '@aws-sdk/client-ec2';
import { fail, ok, type Result } from '../../../util/result.ts';
import { type AwsAnswer, askAws, placeName } from './ask-aws.ts';
import { type Asking, callOf } from './describe.ts';
import { publicQuota, quotaWords } from './public-quota.ts';

/** Fails if no region accepts another public image. If one does, the copies in other regions report their own failures. */
export async function checkPublicAccess(asking: Asking, regions: readonly string[]): Promise<Result<void>> {
  const blocked: string[] = [];
  const full: string[] = [];
  let refused: Extract<Result<never>, { ok: false }> | undefined;
  for (const region of regions) {
    const answer = await allowsPublic({ ...asking, region });
    if (!answer.ok) {
      refused ??= answer;
      continue;
    }
    if (!answer.value) {
      blocked.push(region);
      continue;
    }
    const quota = await publicQuota({ ...asking, region });
    if (!quota.ok || quota.value === undefined || quota.value.used < quota.value.most) return ok(undefined);
    full.push(`${placeName(region)}: ${quotaWords(quota.value)}`);
  }
  if (full.length > 0)
    return fail({
      code: 'AIB_PROVIDER',
      what: 'The quota of public images is reached, and this image must be public',
      where: placeName(asking.region),
      got: full.join(', '),
      hint: 'request a higher quota from AWS (Service Quotas, Public AMIs), or remove obsolete images with aib prune',
    });
  if (blocked.length === 0) return refused ?? ok(undefined);
  return fail({
    code: 'AIB_PROVIDER',
    what: 'The account blocks public images, and this image must be public',
    where: blocked.map(placeName).join(', '),
    hint: 'allow them for each region (aws ec2 disable-image-block-public-access), or exclude regions with --not-regions',
  });
}

/** Whether an image in a region can be public at all. */
export async function allowsPublic(asking: Asking): Promise<AwsAnswer<boolean>> {
  const client = asking.connection.ec2(asking.region);
  const answer = await askAws({ ...callOf(asking), action: 'GetImageBlockPublicAccessState' }, () =>
    client.send(new GetImageBlockPublicAccessStateCommand({})),
  );
  return answer.ok ? ok(answer.value.ImageBlockPublicAccessState === 'unblocked') : answer;
}

/** Whether a region encrypts every new snapshot, regardless of the call. */
export async function encryptsAll(asking: Asking): Promise<Result<boolean>> {
  const client = asking.connection.ec2(asking.region);
  const answer = await askAws({ ...callOf(asking), action: 'GetEbsEncryptionByDefault' }, () =>
    client.send(new GetEbsEncryptionByDefaultCommand({})),
  );
  return answer.ok ? ok(answer.value.EbsEncryptionByDefault === true) : answer;
}
