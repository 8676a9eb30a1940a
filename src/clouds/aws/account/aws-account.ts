/**
 * The account, its region for imports, and its enabled regions; determined with two calls that require almost no rights. Never changes
 * anything.
 */
import { DescribeRegionsCommand } from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { ok, type Result } from '../../../util/result.ts';
import { askAws } from './ask-aws.ts';
import type { AwsConnection } from './connection.ts';

export interface AwsAccount {
  readonly account: string;
  /** The region of the SDK, for example from AWS_REGION. */
  readonly home: string;
  /** All enabled regions of the account, sorted. */
  readonly enabled: readonly string[];
}

const ATTEMPTS = 4;

export async function askAccount(connection: AwsConnection, signal: AbortSignal): Promise<Result<AwsAccount>> {
  const home = await connection.home();
  if (!home.ok) return home;
  // Few attempts, so that an unreachable AWS is reported within seconds.
  const policy = { ...connection.policy, attempts: ATTEMPTS };
  const call = { region: home.value, policy, signal };
  const sts = connection.sts(home.value);
  const who = await askAws({ ...call, action: 'GetCallerIdentity' }, () => sts.send(new GetCallerIdentityCommand({})));
  if (!who.ok) return who;
  const ec2 = connection.ec2(home.value);
  const regions = await askAws({ ...call, action: 'DescribeRegions' }, () => ec2.send(new DescribeRegionsCommand({})));
  if (!regions.ok) return regions;
  const enabled = (regions.value.Regions ?? []).flatMap(({ RegionName }) => RegionName ?? []).sort();
  return ok({ account: who.value.Account ?? '', home: home.value, enabled });
}
