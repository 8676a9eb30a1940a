/** The number of public images in a region, and the quota: five in a new account. Loaded only for public images. */
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { ok, type Result } from '../../../util/result.ts';
import { askAws } from './ask-aws.ts';
import { type Asking, callOf, ownImages } from './describe.ts';

/** The EC2 quota "Public AMIs". */
const QUOTA = 'L-0E3CBAB9';
const ATTEMPTS = 4;

export interface PublicQuota {
  readonly used: number;
  readonly most: number;
}

/** Undefined if it cannot be determined: the publication is still attempted. */
export async function publicQuota(asking: Asking): Promise<Result<PublicQuota | undefined>> {
  const { connection, region } = asking;
  // Not every region has the service, so do not wait long for it.
  const policy = { ...connection.policy, attempts: ATTEMPTS };
  const client = connection.client('service-quotas', region, settings => new ServiceQuotasClient(settings));
  const answer = await askAws({ ...callOf(asking), policy, action: 'GetServiceQuota' }, () =>
    client.send(new GetServiceQuotaCommand({ ServiceCode: 'ec2', QuotaCode: QUOTA })),
  );
  const most = answer.ok ? answer.value.Quota?.Value : undefined;
  if (most === undefined) return ok(undefined);
  const images = await ownImages(asking, { 'is-public': 'true' });
  return images.ok ? ok({ used: images.value.length, most }) : images;
}

export function quotaWords({ used, most }: PublicQuota): string {
  return `${used} of ${most} public images`;
}
