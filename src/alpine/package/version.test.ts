import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareVersions, isPreRelease, parseVersion, satisfies, type VersionOperator } from './version.ts';

/** Each line ascends from left to right. */
const ASCENDING = [
  '0 0.0 0.1 0.9 0.10 1',
  '3.8 3.9 3.10 3.18 3.100',
  '1.0 1.0.0 1.0.1 1.1',
  '1.00 1.01 1.02 1.0200 1.021 1.09 1.1 1.10',
  '1.0.0009 1.0.01 1.0.1 1.0.9 1.0.10',
  '8.2.0015 8.2.002',
  '009 10 0011',
  '1.2 1.2a 1.2b 1.2z 1.2.0 1.3',
  '1_alpha 1_alpha1 1_alpha2 1_alpha10 1_beta 1_beta3 1_pre 1_pre1 1_rc 1_rc1 1_rc9 1_rc10 1 1_cvs 1_svn 1_git 1_hg 1_p 1_p1',
  '1.1_rc1-r0 1.1_rc1-r1 1.1 1.1-r0 1.1-r1 1.1-r10 1.1_git20240101-r0 1.1_p1 1.1_p1-r0 1.1a-r0 1.1.1-r0',
  '1.0_alpha_pre2 1.0_alpha 1.0_alpha1 1.0_alpha_p1',
  '1.0_p1_rc1 1.0_p1 1.0_p1_p0',
  '1.0 1.0-r0 1.0~0a-r0 1.0~0a1 1.0~b 1.0_p~a',
  '1.0~a 1.0~a-r1 1.0~ab',
  '1.2.3_pre20191002222144-r0 1.2.3_pre20210530193627-r0 1.2.3_pre120210530193627-r0',
  '1.18446744073709551615 1.18446744073709551616 1.99446744073709551616',
  '20240101 20240628',
  '2.2.9 2.10.1 2.11-r0 02.12 5.28.0 013 020',
  '0.1.0_alpha 0.1.3_alpha 2.34',
  '1.2.3-r2 1.2.3.1-r0',
  '9 9a 9.0 10',
];

const PAIRS = ASCENDING.flatMap(line => {
  const versions = line.split(' ');
  return versions.slice(1).map((greater, at) => [versions[at] ?? '', greater] as const);
});

describe('order', () => {
  test.each(PAIRS)('%s comes before %s', (less, greater) => {
    expect(parseVersion(less), less).toBeDefined();
    expect(parseVersion(greater), greater).toBeDefined();
    expect(compareVersions(less, greater)).toBeLessThan(0);
    expect(compareVersions(greater, less)).toBeGreaterThan(0);
    expect(compareVersions(less, less)).toBe(0);
  });

  test.each([
    ['1', '01'],
    ['1.2-r1', '1.2-r01'],
    ['1_p1', '1_p01'],
  ])('%s and %s are the same version', (a, b) => {
    expect(compareVersions(a, b)).toBe(0);
  });

  test('every version of a line comes before all that follow it', () => {
    for (const line of ASCENDING) {
      const versions = line.split(' ');
      expect(versions.toReversed().toSorted(compareVersions)).toEqual(versions);
    }
  });

  test('text that is no version comes before every version', () => {
    expect(compareVersions('x1', '0')).toBeLessThan(0);
    expect(compareVersions('0', 'x1')).toBeGreaterThan(0);
    expect(compareVersions('x1', 'x2')).toBeLessThan(0);
  });
});

describe('shape', () => {
  test.each([
    '',
    'a',
    '1.',
    '.1',
    '1..2',
    '1.0bc',
    '1.0b.1',
    '1_foo',
    '1_',
    '1-r',
    '1-1',
    '1-r1-r2',
    '1-r1_p1',
    '1~',
    '1~xyz',
    '1.0B',
    '1.0 ',
    ' 1',
    '1.0\n',
    '1.0-beta1',
    'v1.0',
  ])('%j is not a version', text => {
    expect(parseVersion(text)).toBeUndefined();
  });
});

describe('operators', () => {
  test.each<[string, VersionOperator, string, boolean]>([
    ['1.2', '=', '1.2', true],
    ['1.2-r0', '=', '1.2', false],
    ['1.2', '<', '1.10', true],
    ['1.2', '<', '1.2', false],
    ['1.2', '<=', '1.2', true],
    ['1.3', '>', '1.2', true],
    ['1.2', '>', '1.2', false],
    ['1.2-r0', '>', '1.2', true],
    ['1.2', '>=', '1.2', true],
    ['1.1_rc1', '>=', '1.1', false],
    ['1.2.3-r4', '~', '1.2', true],
    ['1.2', '~', '1.2', true],
    ['1.20', '~', '1.2', false],
    ['1.2_rc1', '~', '1.2', true],
    ['1', '~', '1.2', false],
    ['1.2.9', '<~', '1.2', true],
    ['1.1', '<~', '1.2', true],
    ['1.3', '<~', '1.2', false],
    ['1.2_alpha', '>~', '1.2', true],
    ['1.3', '>~', '1.2', true],
    ['1.1.9', '>~', '1.2', false],
    ['bad!', '>=', '1', false],
    ['1', '<', 'bad!', false],
    ['bad!', '=', 'bad!', true],
    ['0..0', '>=', '0..0', true],
    ['v2.4', '~', 'v2.4', true],
    ['v2.4', '<', 'v2.4', false],
    ['v2.4', '=', 'v2.5', false],
    ['7.4.0p1-r1', '=', '7.4.0p1-r1', true],
    ['7.4.0p1-r1', '<', '7.4.0p1-r2', true],
    ['7.4.0p2-r0', '>', '7.4.0p1-r9', true],
    ['7.4.0p1-r1', '>=', '7.3', true],
  ])('%s %s %s is %s', (version, op, wanted, expected) => {
    expect(satisfies(version, op, wanted)).toBe(expected);
  });

  test('only alpha, beta, pre and rc make a pre-release', () => {
    for (const version of ['3.21.0_rc1', '1_alpha', '1_beta2', '1_pre3-r1']) expect(isPreRelease(version)).toBe(true);
    for (const version of ['3.21.0', '1_p1', '1_git20200101', '20240101', 'edge'])
      expect(isPreRelease(version)).toBe(false);
  });
});

describe('laws', () => {
  const digits = fc.constantFrom('0', '00', '1', '01', '2', '9', '10', '010', '20240101');
  const suffix = fc
    .tuple(
      fc.constantFrom('alpha', 'beta', 'pre', 'rc', 'cvs', 'svn', 'git', 'hg', 'p'),
      fc.constantFrom('', '0', '1', '02', '10'),
    )
    .map(([name, number]) => `_${name}${number}`);
  const version = fc
    .tuple(
      fc.array(digits, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', '', 'a', 'z', 'p1', 'p10'),
      fc.array(suffix, { maxLength: 2 }),
      fc.constantFrom('', '', '~0a', '~0ab'),
      fc.constantFrom('', '-r0', '-r1', '-r10'),
    )
    .map(
      ([numbers, letter, suffixes, hash, revision]) => numbers.join('.') + letter + suffixes.join('') + hash + revision,
    );

  test('comparison is antisymmetric', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });

  test('comparison is transitive', () => {
    fc.assert(
      fc.property(version, version, version, (...three) => {
        const [a = '', b = '', c = ''] = three.toSorted(compareVersions);
        expect(compareVersions(a, b)).toBeLessThanOrEqual(0);
        expect(compareVersions(b, c)).toBeLessThanOrEqual(0);
        expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 3000 },
    );
  });

  test('exactly one of <, = and > holds, and ~ holds for whatever starts with the same tokens', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect([satisfies(a, '<', b), satisfies(a, '=', b), satisfies(a, '>', b)].filter(Boolean)).toHaveLength(1);
        expect(satisfies(a, '~', a.replace(/[~-].*$/, ''))).toBe(true);
      }),
    );
  });
});
