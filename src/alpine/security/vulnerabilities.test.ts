import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fix, Secdb } from './secdb.ts';
import { type BuiltPackage, vulnerabilitiesOf } from './vulnerabilities.ts';

/** A fix in a line: '3.3.1-r1 CVE-2024-5535 GHSA-1', of the source package `lib` unless another is named: 'zlib: 1.3 CVE-2023-1'. */
function database(...lines: readonly string[]): Secdb {
  const fixes = lines.map(line => {
    const [, origin = 'lib', rest = ''] = /^(?:(\w+): )?(.*)$/.exec(line) ?? [];
    const [version = '', id = '', ...others] = rest.split(' ');
    return { origin, fix: { ids: [id, ...others], version } satisfies Fix };
  });
  const byOrigin = Map.groupBy(fixes, ({ origin }) => origin);
  return {
    folder: 'v3.20',
    repository: 'main',
    fixes: new Map([...byOrigin].map(([origin, its]) => [origin, its.map(({ fix }) => fix)])),
    passedOver: [],
  };
}

const built = (version: string, name = 'lib', origin = 'lib'): BuiltPackage => ({ name, version, origin });

/** The result for one package: 'has CVE-1 until 1.3', 'unknown CVE-1 until 1.3'. */
function told(db: Secdb, version: string): readonly string[] {
  return vulnerabilitiesOf(db, [built(version)]).flatMap(({ vulnerabilities, cannotTell }) => [
    ...vulnerabilities.map(({ ids, fixed }) => `has ${ids.join(' ')} until ${fixed}`),
    ...cannotTell.map(({ ids, fixed }) => `unknown ${ids.join(' ')} until ${fixed}`),
  ]);
}

describe('a fix', () => {
  test.each([
    ['3.3.1-r0', true],
    ['3.3.0-r9', true],
    ['3.3.1', true],
    ['3.3.1_rc1', true],
    ['3.3.1-r1', false],
    ['3.3.1-r01', false],
    ['3.3.1-r2', false],
    ['3.3.1-r10', false],
    ['3.3.10-r0', false],
    ['3.10-r0', false],
  ])('of 3.3.1-r1 says of %s that it is vulnerable: %s', (version, vulnerable) => {
    expect(told(database('3.3.1-r1 CVE-1'), version)).toEqual(vulnerable ? ['has CVE-1 until 3.3.1-r1'] : []);
  });

  test('is for packages that were built from its source package, whatever their name', () => {
    const db = database('openssl: 3.3 CVE-1', 'libssl3: 3.3 CVE-2');
    const [libssl] = vulnerabilitiesOf(db, [built('3.2', 'libssl3', 'openssl')]);
    expect(libssl?.vulnerabilities).toEqual([{ ids: ['CVE-1'], fixed: '3.3' }]);
  });

  test('of version 0 says that no version was ever vulnerable, be it one or not', () => {
    for (const version of ['0_alpha', '0', '1.2-r3', 'no version'])
      expect(told(database('0 CVE-1'), version)).toEqual([]);
  });
});

test('every package is told of, those without fixes among them, by name and version', () => {
  const packages = [built('1', 'b'), built('1.10', 'a'), built('1', 'Z', 'other'), built('1.9', 'a')];
  const reports = vulnerabilitiesOf(database('1.5 CVE-1'), packages);
  expect(reports.map(({ package: { name, version } }) => `${name} ${version}`)).toEqual([
    'Z 1',
    'a 1.9',
    'a 1.10',
    'b 1',
  ]);
  expect(reports[0]).toEqual({ package: packages[2], vulnerabilities: [], cannotTell: [] });
  expect(reports[3]?.vulnerabilities).toHaveLength(1);
  expect(packages[0]?.name).toBe('b');
});

test('vulnerabilities are sorted by the bytes of their first names', () => {
  const db = database('2 XSA-1', '3 CVE-2', '4 CVE-10', '2.x GHSA-2', '1.x GHSA-1');
  expect(told(db, '1')).toEqual([
    'has CVE-10 until 4',
    'has CVE-2 until 3',
    'has XSA-1 until 2',
    'unknown GHSA-1 until 1.x',
    'unknown GHSA-2 until 2.x',
  ]);
});

describe('a vulnerability that was fixed several times', () => {
  const db = database('1.9 CVE-1 GHSA-1', '1.10 CVE-1 XSA-1 GHSA-1', '0 CVE-1');

  test('is one, with all its names, until the last of them', () => {
    expect(told(db, '1.8')).toEqual(['has CVE-1 GHSA-1 XSA-1 until 1.10']);
    expect(told(db, '1.9')).toEqual(['has CVE-1 GHSA-1 XSA-1 until 1.10']);
    expect(told(db, '1.10')).toEqual([]);
  });

  test('is another one than those that share a name with it', () => {
    expect(told(database('1.1 CVE-1 XSA-1', '1.2 CVE-2 XSA-1'), '1.1')).toEqual(['has CVE-2 XSA-1 until 1.2']);
  });
});

describe('a text that is no version', () => {
  test('of a package: what was fixed by a version that can be read is not told', () => {
    expect(told(database('1.2 CVE-1', '1.3 CVE-1', '0 CVE-2'), '1.2.x')).toEqual(['unknown CVE-1 until 1.3']);
  });

  test('of a fix: it is told only of the fixes that can be read', () => {
    const db = database('4.10-1-r1 CVE-1', '4.10.0-r1 CVE-1', '4.9.0-r0 CVE-2');
    expect(told(db, '4.9.0-r0')).toEqual(['has CVE-1 until 4.10.0-r1']);
    expect(told(db, '4.17.0-r0')).toEqual(['unknown CVE-1 until 4.10-1-r1']);
  });

  test('of both: the same text is the same version', () => {
    expect(told(database('4.10-1-r1 CVE-1'), '4.10-1-r1')).toEqual([]);
    expect(told(database('4.10-1-r1 CVE-1'), '4.10-1-r2')).toEqual(['unknown CVE-1 until 4.10-1-r1']);
  });
});

describe('laws', () => {
  const VERSIONS = [
    '0.9-r10',
    '1.0_rc1',
    '1.0',
    '1.0-r0',
    '1.0-r1',
    '1.0.1-r0',
    '1.2',
    '1.10',
    '2a',
    '2.0',
    '20240101',
  ];
  const at = fc.nat(VERSIONS.length - 1);
  const id = fc.constantFrom('CVE-1', 'CVE-2', 'XSA-1');
  const fix = fc.record({ id, others: fc.array(id, { maxLength: 1 }), at });
  const never = fc.constant(-1);
  const line = (each: { id: string; others: string[]; at: number }) =>
    [each.at < 0 ? '0' : VERSIONS[each.at], each.id, ...each.others].join(' ');

  test('a package has exactly what a later version fixed last, each once', () => {
    const fixes = fc.array(fc.oneof(fix, fc.record({ id, others: fc.constant<string[]>([]), at: never })));
    fc.assert(
      fc.property(fixes, at, (its, own) => {
        const [report] = vulnerabilitiesOf(database(...its.map(line)), [built(VERSIONS[own] ?? '')]);
        const last = new Map<string, number>();
        for (const each of its) last.set(each.id, Math.max(each.at, last.get(each.id) ?? -1));
        const expected = [...last]
          .filter(([, latest]) => latest > own)
          .map(([name, latest]) => [name, VERSIONS[latest]]);
        expect(report?.vulnerabilities.map(({ ids: [name], fixed }) => [name, fixed])).toEqual(expected.sort());
        expect(report?.cannotTell).toEqual([]);
      }),
    );
  });

  test('what cannot be read hides nothing that can be, and makes nothing up', () => {
    fc.assert(
      fc.property(fc.array(fix), id, at, (its, odd, own) => {
        const lines = its.map(line);
        const names = (db: Secdb) => {
          const [report] = vulnerabilitiesOf(db, [built(VERSIONS[own] ?? '')]);
          const firsts = (list: readonly { readonly ids: readonly string[] }[] = []) => list.map(({ ids }) => ids[0]);
          return { has: firsts(report?.vulnerabilities), cannotTell: firsts(report?.cannotTell) };
        };
        const { has } = names(database(...lines));
        const withOdd = names(database(...lines, `1.0.-r1 ${odd}`));
        expect(withOdd).toEqual({ has, cannotTell: has.includes(odd) ? [] : [odd] });
      }),
    );
  });
});
