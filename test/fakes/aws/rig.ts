/** For tests: a fake of AWS that ends with the test, and the SDK's own clients for it. A client never retries, unless that is requested. */
import { EBSClient } from '@aws-sdk/client-ebs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { onTestFinished } from 'vitest';
import { type FakeAws, type FakeAwsOptions, startFakeAws } from './server.ts';

export interface Rig {
  readonly aws: FakeAws;
  /** Advances the clock, which otherwise does not move. */
  readonly pass: (ms: number) => void;
  readonly ec2: (region?: string, options?: ClientOptions) => EC2Client;
  readonly ebs: (region?: string, options?: ClientOptions) => EBSClient;
  readonly s3: (region?: string, options?: ClientOptions) => S3Client;
  readonly sts: (region?: string, options?: ClientOptions) => STSClient;
}

interface ClientOptions {
  readonly accessKeyId?: string;
  readonly maxAttempts?: number;
}

export async function startRig(options: FakeAwsOptions = {}): Promise<Rig> {
  let now = Date.UTC(2026, 10, 23, 12);
  const aws = await startFakeAws({ now: () => now, ...options });
  const clients: { destroy: () => void }[] = [];
  onTestFinished(async () => {
    for (const client of clients) client.destroy();
    await aws.stop();
  });
  const config = (region: string, { accessKeyId = 'AKIDEXAMPLE', maxAttempts = 1 }: ClientOptions) => ({
    region,
    endpoint: aws.url,
    maxAttempts,
    credentials: { accessKeyId, secretAccessKey: 'secret' },
  });
  const kept = <T extends { destroy: () => void }>(client: T): T => {
    clients.push(client);
    return client;
  };
  return {
    aws,
    pass: ms => {
      now += ms;
    },
    ec2: (region = HOME, more = {}) => kept(new EC2Client(config(region, more))),
    ebs: (region = HOME, more = {}) => kept(new EBSClient(config(region, more))),
    s3: (region = HOME, more = {}) => kept(new S3Client({ ...config(region, more), forcePathStyle: true })),
    sts: (region = HOME, more = {}) => kept(new STSClient(config(region, more))),
  };
}

const HOME = 'eu-west-1';

/** The exception of a client for an error answer. */
export interface Refused {
  readonly name: string;
  readonly message: string;
  readonly Reason?: string;
  readonly $metadata: { readonly httpStatusCode?: number };
}

/** The code of the error of a call. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'no error',
    (error: Refused) => error.name,
  );
}
