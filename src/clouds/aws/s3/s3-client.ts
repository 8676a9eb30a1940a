/** A client of S3 for a region, of those that a connection keeps. Loaded by whoever needs one: imports by EBS direct do without. */
import { S3Client } from '@aws-sdk/client-s3';
import type { AwsConnection } from '../account/connection.ts';

/** An address that was given is of a server that need not answer to names of buckets. */
export function s3Of(connection: AwsConnection, region: string): S3Client {
  return connection.client(
    's3',
    region,
    settings => new S3Client({ ...settings, forcePathStyle: hasOwnAddress(settings) }),
  );
}

function hasOwnAddress({ endpoint }: { readonly endpoint?: string }): boolean {
  const { AWS_ENDPOINT_URL_S3: own, AWS_ENDPOINT_URL: all } = process.env;
  return (endpoint ?? own ?? all) !== undefined;
}
