/** The S3 client of a connection for a region. Loaded only if it is needed: imports by EBS direct do not use S3. */
import { S3Client } from '@aws-sdk/client-s3';
import type { AwsConnection } from '../account/connection.ts';

/** A server with a configured address may not support bucket names in the host name. */
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
