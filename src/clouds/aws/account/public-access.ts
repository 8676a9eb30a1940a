/** Whether an account keeps images from being public, as new accounts do in each region: found out before anything is sent that could not be shared. */
import { GetEbsEncryptionByDefaultCommand, GetImageBlockPublicAccessStateCommand } from '@aws-sdk/client-ec2';
import { fail, ok, type Result } from '../../../util/result.ts';
import { type AwsAnswer, askAws, placeName } from './ask-aws.ts';
import { type Asking, callOf } from './describe.ts';

/** Fails if none of the regions lets everybody use an image; where one does, the others are for their own copies to tell. */
export async function checkPublicAccess(asking: Asking, regions: readonly string[]): Promise<Result<void>> {
  const blocked: string[] = [];
  let refused: Extract<Result<never>, { ok: false }> | undefined;
  for (const region of regions) {
    const answer = await allowsPublic({ ...asking, region });
    if (answer.ok && answer.value) return ok(undefined);
    if (answer.ok) blocked.push(region);
    else refused ??= answer;
  }
  if (blocked.length === 0) return refused ?? ok(undefined);
  return fail({
    code: 'AIB_PROVIDER',
    what: 'The account keeps images from being public, and this one is to be',
    where: blocked.map(placeName).join(', '),
    hint: 'allow it for each region (aws ec2 disable-image-block-public-access), or leave regions out with --not-regions',
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

/** Whether all that is new in a region is encrypted, whatever a call says. */
export async function encryptsAll(asking: Asking): Promise<Result<boolean>> {
  const client = asking.connection.ec2(asking.region);
  const answer = await askAws({ ...callOf(asking), action: 'GetEbsEncryptionByDefault' }, () =>
    client.send(new GetEbsEncryptionByDefaultCommand({})),
  );
  return answer.ok ? ok(answer.value.EbsEncryptionByDefault === true) : answer;
}
