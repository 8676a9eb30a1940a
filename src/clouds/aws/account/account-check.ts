/** What stands in the way of publishing with an account, found out by questions alone: who it is, which regions are open, and what is set there. */
import { GetEbsEncryptionByDefaultCommand, GetImageBlockPublicAccessStateCommand } from '@aws-sdk/client-ec2';
import { ok, type Result } from '../../../util/result.ts';
import { askAws } from './ask-aws.ts';
import type { AwsAccount } from './aws-account.ts';
import type { AwsConnection } from './connection.ts';

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
  for (const region of enabled) yield { name: region, found: await checkRegion(connection, region, signal) };
}

async function checkRegion(connection: AwsConnection, region: string, signal: AbortSignal): Promise<AwsCheck['found']> {
  const call = { region, policy: connection.policy, signal };
  const client = connection.ec2(region);
  const blocked = await askAws({ ...call, action: 'GetImageBlockPublicAccessState' }, () =>
    client.send(new GetImageBlockPublicAccessStateCommand({})),
  );
  if (!blocked.ok) return blocked;
  const encrypted = await askAws({ ...call, action: 'GetEbsEncryptionByDefault' }, () =>
    client.send(new GetEbsEncryptionByDefaultCommand({})),
  );
  if (!encrypted.ok) return encrypted;
  const faults = [
    ...(blocked.value.ImageBlockPublicAccessState === 'unblocked' ? [] : ['images cannot be made public']),
    ...(encrypted.value.EbsEncryptionByDefault === true
      ? ['what is new is encrypted, so images cannot be made public']
      : []),
  ];
  return ok({
    words: faults.length === 0 ? 'images can be made public' : faults.join('; '),
    isInTheWay: faults.length > 0,
  });
}
