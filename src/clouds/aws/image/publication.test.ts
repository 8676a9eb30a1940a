import { describe, expect, test } from 'vitest';
import { granteeOf, nameOfGrantee, newDeprecation } from './publication.ts';

test.each([
  ['PUBLIC', { Group: 'all' }],
  ['123456789012', { UserId: '123456789012' }],
  ['arn:aws:organizations::1:organization/o-1', { OrganizationArn: 'arn:aws:organizations::1:organization/o-1' }],
  ['arn:aws:organizations::1:ou/o-1/ou-1', { OrganizationalUnitArn: 'arn:aws:organizations::1:ou/o-1/ou-1' }],
])('%s is somebody to AWS, and back', (name, grantee) => {
  expect(granteeOf(name)).toEqual(grantee);
  expect(nameOfGrantee(grantee)).toBe(name);
});

describe('the date of deprecation', () => {
  const NOW = Date.UTC(2026, 10, 30, 12);
  const END = Date.UTC(2027, 4, 1, 23, 59);
  const DAY = 86_400_000;
  const access = ['PUBLIC'];
  const wanted = (has: number | undefined, endOfLife?: string, who: readonly string[] = access, now = NOW) =>
    newDeprecation({ access: who, ...(endOfLife === undefined ? {} : { endOfLife }) }, has, now);

  test.each<[string, number | undefined, number | undefined]>([
    ['there is none yet', undefined, END],
    ['there is another', END - DAY, END],
    ['it is there', END, undefined],
    ['AWS has rounded it', END + 30_000, undefined],
  ])('is the end of life, where %s', (_, has, expected) => {
    expect(wanted(has, '2027-05-01')).toBe(expected);
  });

  test('is none without an end of life, and none in the past', () => {
    expect(wanted(undefined)).toBeUndefined();
    expect(wanted(undefined, '')).toBeUndefined();
    expect(wanted(undefined, '2026-11-29')).toBeUndefined();
  });

  test('is at most two years ahead for everybody, and moves on once a month at most', () => {
    const first = wanted(undefined, '2035-01-01') ?? expect.unreachable();
    expect(first).toBeLessThan(NOW + 2 * 365 * DAY);
    expect(first).toBeGreaterThan(NOW + 2 * 364 * DAY);
    expect(wanted(first, '2035-01-01', access, NOW + 29 * DAY)).toBeUndefined();
    expect(wanted(first, '2035-01-01', access, NOW + 32 * DAY)).toBe(first + 32 * DAY);
    expect(wanted(undefined, '2035-01-01', ['123456789012'])).toBe(Date.UTC(2035, 0, 1, 23, 59));
  });
});
