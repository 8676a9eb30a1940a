/**
 * The clients of one run: one for each region and service, created on first use, because AWS limits the rate of calls per region. Importing
 * this file loads the SDK. The SDK finds credentials and addresses by its default chain. Clients never retry: callers do, with one table
 * for all.
 */
import { EBSClient } from '@aws-sdk/client-ebs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { STSClient } from '@aws-sdk/client-sts';
import { type RetryPolicy, waitOrStop } from '../../../net/retry.ts';
import { fail, ok, type Result } from '../../../util/result.ts';

export interface AwsConnection {
  /** The region that is set for the SDK. */
  readonly home: () => Promise<Result<string>>;
  readonly sts: (region: string) => STSClient;
  readonly ec2: (region: string) => EC2Client;
  readonly ebs: (region: string) => EBSClient;
  /** The client of another service, which the caller can create; also one per region and service. */
  readonly client: <T extends AwsClient>(service: string, region: string, make: (settings: ClientSettings) => T) => T;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly policy: RetryPolicy;
  /** Milliseconds between two polls of a pending operation. */
  readonly pollMs: number;
  /** The number of polls after which a created but invisible object counts as lost. */
  readonly looks: number;
  /** A folder for the state of uploads; may be lost at any time. */
  readonly memory: string;
  readonly close: () => void;
}

interface AwsClient {
  readonly destroy: () => void;
}

interface ClientSettings extends Partial<NonNullable<ConnectionOptions['client']>> {
  readonly region: string;
  readonly maxAttempts: number;
  readonly requestHandler: typeof PATIENCE;
}

export interface ConnectionOptions {
  readonly memory: string;
  /** The factor for all waits: tests don't wait. */
  readonly factor?: number;
  readonly now?: () => number;
  readonly random?: () => number;
  /** Only for tests: otherwise the SDK finds it. */
  readonly client?: {
    readonly endpoint: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
}

/** An idle connection is closed, and the request is repeated. */
const PATIENCE = {
  connectionTimeout: 10_000,
  socketTimeout: 60_000,
  httpsAgent: { maxSockets: 128 },
  httpAgent: { maxSockets: 128 },
};
const POLL_MS = 15_000;
const LONGEST_WAIT_MS = 60_000;
const LOOKS = 20;
const ATTEMPTS = 9;
const PAUSE_MS = 400;

export function awsConnection(options: ConnectionOptions): AwsConnection {
  const { memory, factor = 1, now = Date.now, random = Math.random, client: found = {} } = options;
  const made = new Map<string, AwsClient>();
  const client: AwsConnection['client'] = <T extends AwsClient>(
    service: string,
    region: string,
    make: (settings: ClientSettings) => T,
  ): T => {
    const name = `${service} ${region}`;
    const kept =
      (made.get(name) as T | undefined) ?? make({ region, maxAttempts: 1, requestHandler: PATIENCE, ...found });
    made.set(name, kept);
    return kept;
  };
  return {
    home: async () => {
      const asked = new EC2Client(found);
      try {
        return ok(await asked.config.region());
      } catch {
        return fail({
          code: 'AIB_PROVIDER',
          what: 'No AWS region is set for the import',
          where: 'aws',
          hint: 'set AWS_REGION, or a region in the profile: aws configure set region eu-central-1',
        });
      } finally {
        asked.destroy();
      }
    },
    sts: region => client('sts', region, settings => new STSClient(settings)),
    ec2: region => client('ec2', region, settings => new EC2Client(settings)),
    ebs: region => client('ebs', region, settings => new EBSClient(settings)),
    client,
    now,
    policy: {
      attempts: ATTEMPTS,
      pauseMs: PAUSE_MS * factor,
      longestWaitMs: LONGEST_WAIT_MS,
      random,
      wait: waitOrStop,
    },
    pollMs: POLL_MS * factor,
    looks: LOOKS,
    memory,
    close: () => {
      for (const each of made.values()) each.destroy();
      made.clear();
    },
  };
}
