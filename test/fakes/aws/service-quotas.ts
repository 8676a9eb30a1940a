/** Service Quotas, with the number of public images as the only quota. */
import { AwsError } from './wire/aws-error.ts';
import { jsonService } from './wire/json-service.ts';

export const serviceQuotas = jsonService('ServiceQuotasV20190624', {
  GetServiceQuota: ({ world }, _, { ServiceCode, QuotaCode }) => {
    if (ServiceCode !== 'ec2' || QuotaCode !== 'L-0E3CBAB9')
      throw new AwsError('NoSuchResourceException', 'The request failed because there is no such quota.');
    const Value = world.settings.quota.publicImages;
    return { Quota: { ServiceCode, QuotaCode, QuotaName: 'Public AMIs', Value, Unit: 'None', Adjustable: true } };
  },
});
