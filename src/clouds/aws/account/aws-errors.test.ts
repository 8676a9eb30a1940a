import { describe, expect, it } from 'vitest';
import { awsError, isTemporary } from './aws-errors.ts';

/** In the SDK's form: the code is the name. */
function thrown(name: string, more: object = {}): Error {
  return Object.assign(new Error('what AWS says'), { name, ...more });
}

describe('an error of AWS', () => {
  it.each([
    ['RequestLimitExceeded', 'throttled', true],
    ['SlowDown', 'throttled', true],
    ['InternalError', 'transient', true],
    ['ResourceLimitExceeded', 'busy', true],
    ['InvalidAMIID.NotFound', 'absent', false],
    ['InvalidAMIName.Duplicate', 'taken', false],
    ['IdempotentParameterMismatch', 'mismatch', false],
    ['ExpiredToken', 'credentials', false],
    ['UnauthorizedOperation', 'denied', false],
    ['OptInRequired', 'denied', false],
    ['ServiceQuotaExceededException', 'quota', false],
    ['InvalidSnapshot.InUse', 'state', false],
    ['ValidationException', 'invalid', false],
  ])('%s is %s, and passes by itself: %j', (code, kind, temporary) => {
    const error = thrown(code, { $metadata: { httpStatusCode: 400 } });
    expect(awsError(error)).toMatchObject({ code, kind, message: 'what AWS says' });
    expect(isTemporary(awsError(error)?.kind ?? 'invalid')).toBe(temporary);
  });

  it('whose code nobody knows is told by its status', () => {
    const of = (httpStatusCode: number) => awsError(thrown('NewCode', { $metadata: { httpStatusCode } }))?.kind;
    expect([503, 500, 429, 403, 401, 400, 404].map(of)).toEqual([
      ...['transient', 'transient', 'throttled', 'denied', 'denied', 'invalid', 'invalid'],
    ]);
  });

  it('of a connection passes by itself', () => {
    for (const code of ['ECONNRESET', 'ETIMEDOUT', 'UND_ERR_SOCKET'])
      expect(awsError(thrown('Error', { code }))).toMatchObject({ kind: 'transient' });
    expect(awsError(thrown('TimeoutError'))).toMatchObject({ kind: 'transient' });
  });

  it('says what is to be done where something is', () => {
    expect(awsError(thrown('UnauthorizedOperation'))?.remedy).toBe(
      'run aib doctor aws --policy, which prints the required rights',
    );
    expect(awsError(thrown('InternalError'))?.remedy).toBeUndefined();
  });

  it('is none where aib is at fault', () => {
    expect(awsError(new TypeError('x is not a function'))).toBeUndefined();
    expect(awsError('a text')).toBeUndefined();
    expect(awsError(thrown('Error', { code: 'ENOENT' }))).toBeUndefined();
  });
});
