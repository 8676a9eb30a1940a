/**
 * Checks whether a request may be answered: its signer, the validity of the signature, and its rights. Must not depend on the content of
 * the request.
 */

import type { Settings } from './settings.ts';
import { AwsError } from './wire/aws-error.ts';
import type { Signature } from './wire/signature.ts';

export type ServiceName = 'ec2' | 'ebs' | 's3' | 'servicequotas' | 'ssm' | 'sts';

/** Services that use JSON, whose error names end in this way. */
const OF_JSON: ReadonlySet<ServiceName> = new Set(['ebs', 'servicequotas', 'ssm']);

export function accountOf({ accounts }: Settings, accessKey: string): string {
  return accounts[accessKey] ?? Object.values(accounts)[0] ?? '';
}

export function unsigned(service: ServiceName): AwsError {
  const words = { status: 403 };
  switch (service) {
    case 'ec2':
      return new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', words);
    case 'sts':
      return new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', words);
    case 'ebs':
    case 'servicequotas':
    case 'ssm':
      return new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', words);
    case 's3':
      return new AwsError('AccessDenied', 'Access Denied', words);
  }
}

/** Throws the error with which AWS refuses a signed request. */
export function checkSignature(service: ServiceName, signature: Signature, settings: Settings, now: number): void {
  const { accessKey, at, region } = signature;
  if (settings.expired.includes(accessKey)) throw expired(service);
  if (settings.skewMs !== undefined && Math.abs(now - at) > settings.skewMs) throw skewed(service);
  const open = settings.regions.some(({ name, opt }) => name === region && opt !== 'not-opted-in');
  if (!open) throw closed(service);
}

/** Throws if a required right of a call is denied, everywhere or in its region. */
export function checkRights(
  service: ServiceName,
  request: { readonly rights: readonly string[]; readonly region: string; readonly account: string },
  { denied }: Settings,
): void {
  const { rights, region, account } = request;
  const right = rights.find(each => denied.includes(each) || denied.includes(`${each} ${region}`));
  if (right === undefined) return;
  const words = `User: arn:aws:iam::${account}:user/builder is not authorized to perform: ${right}`;
  if (service === 'ec2') {
    const message = `You are not authorized to perform this operation. ${words}`;
    throw new AwsError('UnauthorizedOperation', message, { status: 403 });
  }
  throw new AwsError(OF_JSON.has(service) ? 'AccessDeniedException' : 'AccessDenied', words, { status: 403 });
}

function expired(service: ServiceName): AwsError {
  if (service === 'ec2') return new AwsError('RequestExpired', 'Request has expired.');
  const words = 'The security token included in the request is expired';
  if (OF_JSON.has(service)) return new AwsError('ExpiredTokenException', words, { status: 403 });
  if (service === 's3') return new AwsError('ExpiredToken', 'The provided token has expired.');
  return new AwsError('ExpiredToken', words, { status: 403 });
}

function skewed(service: ServiceName): AwsError {
  if (service === 'ec2') return new AwsError('RequestExpired', 'Request has expired.');
  if (service === 's3') {
    const words = 'The difference between the request time and the current time is too large.';
    return new AwsError('RequestTimeTooSkewed', words, { status: 403 });
  }
  const code = OF_JSON.has(service) ? 'InvalidSignatureException' : 'SignatureDoesNotMatch';
  return new AwsError(code, 'Signature expired: the date of the request is too far from now', { status: 403 });
}

/** Also for an unknown region, which would not even have an address. */
function closed(service: ServiceName): AwsError {
  const words = 'AWS was not able to validate the provided access credentials';
  if (service === 'ec2') return new AwsError('AuthFailure', words, { status: 401 });
  if (service === 's3') return new AwsError('InvalidAccessKeyId', words, { status: 403 });
  const code = OF_JSON.has(service) ? 'UnrecognizedClientException' : 'InvalidClientTokenId';
  return new AwsError(code, 'The security token included in the request is invalid.', { status: 403 });
}
