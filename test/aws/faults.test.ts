/**
 * Errors of AWS in each call of a publication: the call is retried and succeeds, or the failure names the call, the place, the cause and
 * the remedy.
 */
import { describe, expect, test } from 'vitest';
import type { Fault } from '../fakes/aws/faults.ts';
import { worldOf } from './aws-rig.ts';
import { publishRig } from './publish-rig.ts';

const EC2 = [
  ...['DescribeSnapshots', 'DescribeImages', 'DescribeImageAttribute', 'RegisterImage', 'CopyImage'],
  ...['CreateTags', 'EnableImageDeprecation', 'ModifyImageAttribute', 'GetImageBlockPublicAccessState'],
];
const EBS = ['StartSnapshot', 'PutSnapshotBlock', 'CompleteSnapshot'];
/** Calls of an import through S3. */
const S3 = [
  ...['CreateBucket', 'ListMultipartUploads', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'],
  ...['DeleteObject', 'DeleteBucket'],
];
/** Calls of optional settings. */
const MORE = ['EnableImageDeregistrationProtection', 'DescribeSnapshotAttribute', 'ModifySnapshotAttribute'];
const SSM = ['GetParameters', 'PutParameter'];
const EXTRA = { isProtected: true, sharesSnapshots: true, parameter: '/alpine' };
const TASKS = ['ImportSnapshot', 'DescribeImportSnapshotTasks'];

const PASSING = new Map([
  [EC2, ['RequestLimitExceeded', 'Throttling', 'InternalError', 'Unavailable']],
  [EBS, ['ThrottlingException', 'RequestThrottledException', 'InternalServerException', 'ServiceUnavailable']],
  [S3, ['SlowDown', 'InternalError', 'ServiceUnavailable', 'OperationAborted']],
  [TASKS, ['RequestLimitExceeded', 'InternalError']],
  [MORE, ['RequestLimitExceeded', 'InternalError', 'Unavailable']],
  [SSM, ['ThrottlingException', 'InternalServerError']],
]);
const LASTING = new Map([
  [
    EC2,
    [
      'UnauthorizedOperation',
      'AuthFailure',
      'RequestExpired',
      'OptInRequired',
      'InvalidParameterValue',
      'ACodeOfTomorrow',
    ],
  ],
  [EBS, ['AccessDeniedException', 'ExpiredTokenException', 'ServiceQuotaExceededException', 'ACodeOfTomorrow']],
  [S3, ['AccessDenied', 'ExpiredToken', 'RequestTimeTooSkewed', 'ACodeOfTomorrow']],
  [TASKS, ['UnauthorizedOperation', 'InvalidParameter', 'ACodeOfTomorrow']],
  [MORE, ['UnauthorizedOperation', 'ACodeOfTomorrow']],
  [SSM, ['AccessDeniedException', 'ExpiredTokenException', 'ValidationException', 'ACodeOfTomorrow']],
]);
/** Errors that only one call has, or that have a special meaning there. */
const PASSING_THERE: readonly (readonly [string, string])[] = [
  ['PutSnapshotBlock', 'ResourceNotFoundException'],
  ['RegisterImage', 'InvalidSnapshot.NotFound'],
  ['CopyImage', 'ResourceLimitExceeded'],
  ['StartSnapshot', 'ConcurrentLimitExceededException'],
  ['ImportSnapshot', 'ResourceCountLimitExceeded'],
  ['UploadPart', 'BadDigest'],
  ['HeadObject', 'ServiceUnavailable'],
  ['UploadPart', 'RequestTimeout'],
  ['PutParameter', 'TooManyUpdates'],
];
const LASTING_THERE: readonly (readonly [string, string])[] = [
  ['StartSnapshot', 'ConflictException'],
  ['StartSnapshot', 'ValidationException'],
  ['CompleteSnapshot', 'ValidationException'],
  ['RegisterImage', 'InvalidAMIName.Duplicate'],
  ['CreateBucket', 'BucketAlreadyExists'],
  ['CreateMultipartUpload', 'PermanentRedirect'],
  ['ImportSnapshot', 'IdempotentParameterMismatch'],
  ['CopyImage', 'IdempotentParameterMismatch'],
  ['CopyImage', 'InvalidAMIID.Unavailable'],
  ['ModifyImageAttribute', 'OperationNotPermitted'],
  ['ModifyImageAttribute', 'ResourceLimitExceeded'],
];

/** Errors that the user can fix. */
const NEEDS_REMEDY =
  /Unauthorized|AuthFailure|Expired|OptIn|AccessDenied|Quota|OperationNotPermitted|Duplicate|TooSkewed|AlreadyExists|Redirect/;

const undisturbed = { plain: undefined as unknown, extra: undefined as unknown };

test('undisturbed, it ends well', async () => {
  const [plain, extra] = [await world([]), await world([], true)];
  for (const { publish } of [plain, extra]) expect(await publish()).toEqual({ status: 'done', failures: [] });
  Object.assign(undisturbed, { plain: worldOf(plain.aws.world), extra: worldOf(extra.aws.world) });
});

async function world(
  faults: readonly Fault[],
  isExtra = faults.some(({ action }) => [...MORE, ...SSM].includes(action)),
) {
  const rig = await publishRig();
  await rig.take({ 0: 1, 2: 2, 7: 3, 15: 4 });
  rig.aws.faults.plan(...faults);
  const byS3 = faults.some(({ action }) => action === 'HeadObject' || S3.includes(action) || TASKS.includes(action));
  const importing = { method: byS3 ? ('s3' as const) : ('ebs' as const) };
  const expected = isExtra ? undisturbed.extra : undisturbed.plain;
  return { ...rig, expected, publish: () => rig.publish({ importing, ...(isExtra ? { publication: EXTRA } : {}) }) };
}

function pairs(table: ReadonlyMap<readonly string[], readonly string[]>): readonly (readonly [string, string])[] {
  return [...table].flatMap(([actions, codes]) =>
    actions.flatMap(action => codes.map(code => [action, code] as const)),
  );
}

describe('what passes by itself is asked again', () => {
  test.each([...pairs(PASSING), ...PASSING_THERE])('%s: %s', async (action, code) => {
    const { aws, expected, publish: run } = await world([{ action, times: 3, kind: { type: 'error', code } }]);
    expect(await run()).toEqual({ status: 'done', failures: [] });
    expect(aws.faults.left).toEqual([]);
    expect(worldOf(aws.world)).toEqual(expected);
  });

  test.each([...EC2, ...EBS, ...S3, ...TASKS, ...MORE, ...SSM])('%s: a reply is lost, done or not', async action => {
    for (const applied of [false, true]) {
      const { aws, expected, publish: run } = await world([{ action, times: 2, kind: { type: 'cut', applied } }]);
      expect(await run()).toEqual({ status: 'done', failures: [] });
      expect(aws.faults.left).toEqual([]);
      expect(worldOf(aws.world)).toEqual(expected);
    }
  });
});

describe('what does not fails in words, and the next run ends well', () => {
  test.each([...pairs(LASTING), ...LASTING_THERE])('%s: %s', async (action, code) => {
    // Refused every time: a call that occurs in several regions is refused in one region, or in all.
    const { aws, expected, publish: run } = await world([{ action, times: 1_000, kind: { type: 'error', code } }]);
    const first = await run();
    expect(first.status).toBe('failed');
    for (const { code: own, what, where, got, hint } of first.failures) {
      expect(own).toBe('AIB_PROVIDER');
      expect(what).toContain(action);
      expect(where).toMatch(/^aws\/[a-z]+-[a-z]+-\d$/);
      expect(got).toContain(code);
      if (NEEDS_REMEDY.test(code)) expect(hint).toMatch(/.{10}/);
    }
    expect(first.failures.length).toBeGreaterThan(0);
    aws.faults.clear();
    expect(await run()).toEqual({ status: 'done', failures: [] });
    expect(worldOf(aws.world)).toEqual(expected);
  });
});
