/**
 * The clients of one run: one for each region and service, made and loaded when they are first asked for, since the rate at which AWS lets one call is
 * counted by region. Credentials and addresses are the SDK's to find, by its default chain. Never retries: who calls does, with one table for all.
 */
import type { EBSClient } from '@aws-sdk/client-ebs';
import type { EC2Client } from '@aws-sdk/client-ec2';
import { type RetryPolicy, waitOrStop } from '../../../net/retry.ts';

export interface AwsConnection {
  readonly ec2: (region: string) => Promise<EC2Client>;
  readonly ebs: (region: string) => Promise<EBSClient>;
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

const POLL_MS = 15_000;
const LONGEST_WAIT_MS = 60_000;
const LOOKS = 20;
const ATTEMPTS = 9;
const PAUSE_MS = 400;

export function awsConnection(options: ConnectionOptions): AwsConnection {
  const { memory, factor = 1, now = Date.now, random = Math.random, client: found = {} } = options;
  const made = new Map<string, Promise<{ readonly destroy: () => void }>>();
  const kept = <T extends { readonly destroy: () => void }>(name: string, make: () => Promise<T>): Promise<T> => {
    const client = (made.get(name) as Promise<T> | undefined) ?? make();
    made.set(name, client);
    return client;
  };
  const settings = (region: string) => ({ region, maxAttempts: 1, ...found });
  return {
    ec2: region =>
      kept(`ec2 ${region}`, async () => new (await import('@aws-sdk/client-ec2')).EC2Client(settings(region))),
    ebs: region =>
      kept(`ebs ${region}`, async () => new (await import('@aws-sdk/client-ebs')).EBSClient(settings(region))),
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
      for (const each of made.values()) void each.then(one => one.destroy());
      made.clear();
    },
  };
}
