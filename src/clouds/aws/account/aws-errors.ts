/**
 * The meaning of AWS errors: whether they are temporary, and otherwise what to do. Never treats an error as temporary that requires an
 * action of the user.
 */
type AwsErrorKind =
  /** Too many calls: retry later. */
  | 'throttled'
  /** An error of AWS or of the network: retry. */
  | 'transient'
  /** The limit of concurrent operations is reached: retry when one has ended. */
  | 'busy'
  /** It does not exist, or not yet: retry only after it was just created. */
  | 'absent'
  /** The name is in use. */
  | 'taken'
  /** The token was used before with other parameters. */
  | 'mismatch'
  | 'credentials'
  | 'denied'
  /** A quota of the account is reached. */
  | 'quota'
  /** In use, or in a state that does not allow the call. */
  | 'state'
  /** The parameters of the call are invalid. */
  | 'invalid';

interface Row {
  readonly kind: AwsErrorKind;
  readonly remedy?: string;
}

const AGAIN_WITH_RIGHTS = 'run aib doctor aws --policy, which prints the required rights';
const OF_THE_REGION = 'name a bucket in the region of the import as import.bucket';
const OF_THE_ROLE =
  'create the role as docs/aws.md shows, or name it as import.role (a new role works after half a minute), and allow aib to pass it: iam:PassRole';
const OF_PROTECTION =
  'it was protected by hand: to remove it, first run aws ec2 disable-image-deregistration-protection';
const OF_SNAPSHOTS =
  'the account blocks public snapshots: run aws ec2 disable-snapshot-block-public-access, or leave out snapshot_access';
const LOG_IN = 'renew the credentials, for example with aws sso login, and try again: finished steps are not repeated';

const CODES: Readonly<Record<string, Row>> = {
  RequestLimitExceeded: { kind: 'throttled' },
  Throttling: { kind: 'throttled' },
  ThrottlingException: { kind: 'throttled' },
  RequestThrottledException: { kind: 'throttled' },
  SlowDown: { kind: 'throttled' },
  TooManyUpdates: { kind: 'throttled' },
  InternalError: { kind: 'transient' },
  InternalServerException: { kind: 'transient' },
  ServiceUnavailable: { kind: 'transient' },
  Unavailable: { kind: 'transient' },
  RequestTimeout: { kind: 'transient' },
  // Damaged in transit.
  BadDigest: { kind: 'transient' },
  XAmzContentSHA256Mismatch: { kind: 'transient' },
  // A bucket is being created or deleted.
  OperationAborted: { kind: 'transient' },
  ResourceCountLimitExceeded: { kind: 'busy' },
  ResourceLimitExceeded: { kind: 'busy' },
  ConcurrentSnapshotLimitExceeded: { kind: 'busy' },
  SnapshotCreationPerVolumeRateExceeded: { kind: 'busy' },
  'InvalidAMIID.NotFound': { kind: 'absent' },
  'InvalidAMIID.Unavailable': { kind: 'absent' },
  'InvalidSnapshot.NotFound': { kind: 'absent' },
  ResourceNotFoundException: { kind: 'absent' },
  InvalidConversionTaskId: { kind: 'absent' },
  // Also for finished tasks.
  'InvalidConversionTaskId.Malformed': { kind: 'absent' },
  NoSuchBucket: { kind: 'absent', remedy: 'create the bucket in this region, or name another as import.bucket' },
  NoSuchKey: { kind: 'absent' },
  NotFound: { kind: 'absent' },
  NoSuchUpload: { kind: 'absent' },
  'InvalidAMIName.Duplicate': {
    kind: 'taken',
    remedy: 'another image of the account has this name: remove it, or choose another name',
  },
  BucketAlreadyOwnedByYou: { kind: 'taken' },
  BucketAlreadyExists: { kind: 'taken', remedy: 'choose another name: bucket names are unique in all of AWS' },
  IdempotentParameterMismatch: { kind: 'mismatch' },
  ConflictException: { kind: 'mismatch' },
  AuthFailure: { kind: 'credentials', remedy: LOG_IN },
  ExpiredToken: { kind: 'credentials', remedy: LOG_IN },
  ExpiredTokenException: { kind: 'credentials', remedy: LOG_IN },
  RequestExpired: { kind: 'credentials', remedy: 'set the clock of this machine, or renew the credentials' },
  RequestTimeTooSkewed: { kind: 'credentials', remedy: 'set the clock of this machine' },
  InvalidClientTokenId: { kind: 'credentials', remedy: LOG_IN },
  UnrecognizedClientException: { kind: 'credentials', remedy: LOG_IN },
  TokenProviderError: { kind: 'credentials', remedy: LOG_IN },
  CredentialsProviderError: {
    kind: 'credentials',
    remedy: 'set an account, for example with AWS_PROFILE or aws configure',
  },
  UnauthorizedOperation: { kind: 'denied', remedy: AGAIN_WITH_RIGHTS },
  AccessDenied: { kind: 'denied', remedy: AGAIN_WITH_RIGHTS },
  AccessDeniedException: { kind: 'denied', remedy: AGAIN_WITH_RIGHTS },
  OperationNotPermitted: {
    kind: 'denied',
    remedy: 'the account blocks public images: allow them for this region, or exclude it with --not-regions',
  },
  OptInRequired: { kind: 'denied', remedy: 'enable the region for the account, or exclude it with --not-regions' },
  ServiceQuotaExceededException: { kind: 'quota', remedy: 'request a higher quota from AWS, or remove unused objects' },
  SnapshotLimitExceeded: { kind: 'quota', remedy: 'request a higher quota from AWS, or remove unused snapshots' },
  'InvalidSnapshot.InUse': {
    kind: 'state',
    remedy: 'an image uses the snapshot: remove the image, which also removes the snapshot',
  },
  IncorrectState: { kind: 'state' },
  IncorrectInstanceState: { kind: 'state' },
  BucketNotEmpty: { kind: 'state' },
  PermanentRedirect: { kind: 'invalid', remedy: OF_THE_REGION },
  AuthorizationHeaderMalformed: { kind: 'invalid', remedy: OF_THE_REGION },
  IllegalLocationConstraintException: { kind: 'invalid', remedy: OF_THE_REGION },
  ValidationException: { kind: 'invalid' },
  InvalidParameter: { kind: 'invalid' },
  InvalidParameterValue: { kind: 'invalid' },
  InvalidParameterCombination: { kind: 'invalid' },
  MissingParameter: { kind: 'invalid' },
};

/** Codes of failed connections, from Node and undici. */
const CONNECTION =
  /^(ECONNRESET|ECONNREFUSED|ECONNABORTED|EPIPE|EPROTO|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_\w+|TimeoutError)$/;
/** Errors for a request whose time differs too much from that of the service. */
const OF_THE_CLOCK: ReadonlySet<string> = new Set([
  ...['RequestExpired', 'RequestTimeTooSkewed', 'RequestInTheFuture'],
  ...['InvalidSignatureException', 'SignatureDoesNotMatch', 'AuthFailure'],
]);
/** For a server with an untrusted certificate. */
const CERTIFICATE = /^(CERT_\w+|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+)$/;
/** EBS reports these as errors of the request, but they are errors of the connection. */
const PASSING_REASONS: ReadonlySet<string> = new Set(['WRITE_REQUEST_TIMEOUT', 'CONFLICTING_BLOCK_UPDATE']);
const CUT_BODY = /^Failed to read block data/;
/** Kinds that a retry may resolve. */
const TEMPORARY: ReadonlySet<AwsErrorKind> = new Set(['throttled', 'transient', 'busy']);

export interface AwsError {
  readonly code: string;
  readonly kind: AwsErrorKind;
  readonly message: string;
  readonly remedy?: string;
  /** The additional reason of EBS. */
  readonly reason?: string;
}

/** Undefined for an error that is neither from AWS nor from the connection. */
export function awsError(error: unknown): AwsError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message } = error;
  const {
    code: system = '',
    Reason: reason,
    $metadata: metadata,
  } = error as {
    code?: string;
    Reason?: string;
    $metadata?: { httpStatusCode?: number; clockSkewCorrected?: boolean };
  };
  // The SDK has read AWS's time from the answer, and uses it to sign the next request.
  if (metadata?.clockSkewCorrected === true && OF_THE_CLOCK.has(name))
    return { code: name, kind: 'transient', message };
  if (PASSING_REASONS.has(reason ?? '') || CUT_BODY.test(message)) return { code: name, kind: 'transient', message };
  if (name === 'CredentialsProviderError' && /expired/i.test(message))
    return { code: name, kind: 'credentials', message, remedy: LOG_IN };
  if (CERTIFICATE.test(system))
    return {
      code: system,
      kind: 'invalid',
      message,
      remedy: 'if requests go through a proxy, name its certificate authority in NODE_EXTRA_CA_CERTS',
    };
  if (name === 'InvalidParameter' && /service role/.test(message))
    return { code: name, kind: 'invalid', message, remedy: OF_THE_ROLE };
  if (name === 'OperationNotPermitted' && /protect/i.test(message))
    return { code: name, kind: 'denied', message, remedy: OF_PROTECTION };
  if (name === 'OperationNotPermitted' && /snapshot/i.test(message))
    return { code: name, kind: 'denied', message, remedy: OF_SNAPSHOTS };
  const row = CODES[name];
  if (row !== undefined) return { code: name, message, ...row, ...(reason === undefined ? {} : { reason }) };
  if (CONNECTION.test(system) || CONNECTION.test(name))
    return { code: system === '' ? name : system, kind: 'transient', message };
  const status = metadata?.httpStatusCode;
  if (status === undefined) return undefined;
  // An answer to HEAD has no body with details.
  if (status === 301 || status === 307) return { code: name, kind: 'invalid', message, remedy: OF_THE_REGION };
  if (status === 429) return { code: name, kind: 'throttled', message };
  if (status >= 500) return { code: name, kind: 'transient', message };
  if (status === 401 || status === 403) return { code: name, kind: 'denied', message, remedy: AGAIN_WITH_RIGHTS };
  return status >= 400 ? { code: name, kind: 'invalid', message } : undefined;
}

/** Whether a retry may help. */
export function isTemporary(kind: AwsErrorKind): boolean {
  return TEMPORARY.has(kind);
}
