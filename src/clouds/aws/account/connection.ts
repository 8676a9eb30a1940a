/**
 * The clients of one run: one for each region and service, made when they are first asked for, since the rate at which AWS lets one call is counted by
 * region. Whoever imports this loads the SDK. Credentials and addresses are the SDK's to find, by its default chain. Never retries: who calls does, with one table for all.
 */
import { EBSClient } from '@aws-sdk/client-ebs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { STSClient } from '@aws-sdk/client-sts';
import { type RetryPolicy, waitOrStop } from '../../../net/retry.ts';
import { fail, ok, type Result } from '../../../util/result.ts';

export interface AwsConnection {
  /** The region that the SDK is told to work in. */
  readonly home: () => Promise<Result<string>>;
  readonly sts: (region: string) => STSClient;
  readonly ec2: (region: string) => EC2Client;
  readonly ebs: (region: string) => EBSClient;
  /** Of a service that not every run asks for: whoever does brings it along. One of each for a region, as the others. */
  readonly client: <T extends AwsClient>(service: string, region: string, make: (settings: ClientSettings) => T) => T;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly policy: RetryPolicy;
  /** Milliseconds between two looks at what is under way. */
  readonly pollMs: number;
  /** After how many looks what was made and cannot be seen is taken for lost. */
  readonly looks: number;
  /** A folder for what is remembered of uploads; may be lost at any time. */
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
  /** All waits are multiplied by it: tests don't wait. */
  readonly factor?: number;
  readonly now?: () => number;
  readonly random?: () => number;
  /** Only for tests: what the SDK finds otherwise. */
  readonly client?: {
    readonly endpoint: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
}

/** A connection on which nothing moves is given up, and the request made again. */
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
