import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSecdb, type Secdb } from './secdb.ts';

const PKG = { name: 'openssl', secfixes: { '3.3.1-r1': ['CVE-2024-5535'], '0': ['CVE-2023-0466'] } };

function document(changes: object = {}): object {
  return {
    apkurl: '{{urlprefix}}/{{distroversion}}/{{reponame}}/{{arch}}/{{pkg.name}}-{{pkg.ver}}.apk',
    archs: ['aarch64', 'x86_64'],
    reponame: 'main',
    urlprefix: 'https://dl-cdn.alpinelinux.org/alpine',
    distroversion: 'v3.20',
    packages: [{ pkg: PKG }],
    ...changes,
  };
}

function parsed(value: unknown): Secdb {
  const result = parseSecdb(JSON.stringify(value), 'main.json');
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** The result for one package with this fix in version 1.2-r0. */
function fixed(list: unknown): Secdb {
  return parsed(document({ packages: [{ pkg: { name: 'a', secfixes: { '1.2-r0': list } } }] }));
}

test('a database is read with its branch, its repository and the fixes of each source package', () => {
  expect(parsed(document())).toEqual({
    folder: 'v3.20',
    repository: 'main',
    fixes: new Map([
      [
        'openssl',
        [
          { ids: ['CVE-2023-0466'], version: '0' },
          { ids: ['CVE-2024-5535'], version: '3.3.1-r1' },
        ],
      ],
    ]),
    passedOver: [],
  });
  expect(parsed(document({ distroversion: 'edge' })).folder).toBe('edge');
});

test('a package that is listed twice has the fixes of both', () => {
  const again = { name: 'openssl', secfixes: { '3.3.2-r0': ['CVE-2024-6119'] } };
  const { fixes } = parsed(document({ packages: [{ pkg: PKG }, { pkg: again }] }));
  expect(fixes.get('openssl')?.map(({ version }) => version)).toEqual(['0', '3.3.1-r1', '3.3.2-r0']);
});

test('packages may have the names of what all objects have', () => {
  const text = '{"__proto__":["CVE-2020-1"],"constructor":["CVE-2020-2"]}';
  const named = `{"pkg":{"name":"constructor","secfixes":${text}}}`;
  const result = parseSecdb(`{"distroversion":"edge","reponame":"main","packages":[${named}]}`, 'main.json');
  const fixes = result.ok ? result.value.fixes : expect.unreachable();
  expect([...fixes.keys()]).toEqual(['constructor']);
  expect(fixes.get('constructor')?.map(({ ids: [id], version }) => `${version} ${id}`)).toEqual([
    '__proto__ CVE-2020-1',
    'constructor CVE-2020-2',
  ]);
});

describe('names of vulnerabilities, as Alpine has them', () => {
  test.each([
    ['CVE-2018-7540 XSA-252', ['CVE-2018-7540', 'XSA-252']],
    ['CVE-2022-42333 CVE-2022-43334 XSA-428', ['CVE-2022-42333', 'CVE-2022-43334', 'XSA-428']],
    ['CVE-2020-11501 GNUTLS-SA-2020-03-31 CVE-2020-11501', ['CVE-2020-11501', 'GNUTLS-SA-2020-03-31']],
    ['CVE-2019-5060,TALOS-2019-0844; XSA-1\tXSA-2', ['CVE-2019-5060', 'TALOS-2019-0844', 'XSA-1', 'XSA-2']],
    ['CVE-2024-22195 GHSA-h5c8-rqwp-cp95', ['CVE-2024-22195', 'GHSA-h5c8-rqwp-cp95']],
    ['CVE-2022-45059 VSV00010', ['CVE-2022-45059', 'VSV00010']],
    ['ALPINE-13661', ['ALPINE-13661']],
    ['RHSA-2019:1234', ['RHSA-2019:1234']],
    ['CVE_2019-2426', ['CVE-2019-2426']],
    ['CVE 2018-16859', ['CVE-2018-16859']],
    ['CVE-2018-1,CVE_2018-2;CVE-2018-3', ['CVE-2018-1', 'CVE-2018-2', 'CVE-2018-3']],
    ['wnpa-sec-2017-18', ['wnpa-sec-2017-18']],
    ['cve-2019-2426', ['CVE-2019-2426']],
    ['CVE-2021-35940.patch', ['CVE-2021-35940']],
    ['CVE-2017-17434-1', ['CVE-2017-17434']],
    ['CVE-46838', ['CVE-46838']],
    ['CVE N/A ZBX-11023', ['ZBX-11023']],
    ['CVE-????-????? TS-2024-005', ['TS-2024-005']],
    ['CVE-2017-2616 (+ regression fix)', ['CVE-2017-2616']],
    ['CVE-2020-14342 (Not affected, requires --with-systemd)', ['CVE-2020-14342']],
    ['CVE-2018-14880 (OSPF6) XSA-3', ['CVE-2018-14880', 'XSA-3']],
    ['CVE-2018-14880 (as XSA-1 was) XSA-3 (as XSA-2 was)', ['CVE-2018-14880', 'XSA-3']],
    ['CVE-2018-14880 (as XSA-1 was', ['CVE-2018-14880']],
    ['  CVE-2018-14880  ', ['CVE-2018-14880']],
  ])('%s', (words, ids) => {
    expect(fixed([words])).toMatchObject({
      fixes: new Map([['a', [{ ids, version: '1.2-r0' }]]]),
      passedOver: [],
    });
  });

  test.each(['N/A', 'CVE', 'privilege escalation', 'patch-2', 'CVE-????-?????', '\u001b[31m', 'XSA-1\u001b'])(
    'a fix that only says %j is passed over, and said to be',
    words => {
      const db = fixed([words, 'CVE-2020-1']);
      expect(db.fixes.get('a')).toEqual([{ ids: ['CVE-2020-1'], version: '1.2-r0' }]);
      expect(db.passedOver).toEqual([`a 1.2-r0: ${JSON.stringify(words)} names no vulnerability`]);
    },
  );
});

describe('what is empty', () => {
  test.each([[null], [[]], [{}], [[null]], [['', ' ']]])('a list of fixes may be %j', list => {
    expect(fixed(list)).toMatchObject({ fixes: new Map([['a', []]]), passedOver: [] });
  });

  test.each([[undefined], [null], [[]], [{}]])('the table of a package may be %j', secfixes => {
    expect(parsed(document({ packages: [{ pkg: { name: 'a', secfixes } }] })).fixes).toEqual(new Map([['a', []]]));
  });

  test.each([[null], [[]], [{}], [[null]]])('all packages may be %j', packages => {
    expect(parsed(document({ packages })).fixes).toEqual(new Map());
  });
});

test.each(['4.10-1-r1', '2.7.16-33', '4.8.0.-r1', '57-1-r2', '10.2.26.r0', '1.2 or later'])(
  'what stands in place of a version is kept as it is: %s',
  version => {
    const secfixes = { [version]: ['CVE-2020-1'] };
    expect(parsed(document({ packages: [{ pkg: { name: 'a', secfixes } }] })).fixes).toEqual(
      new Map([['a', [{ ids: ['CVE-2020-1'], version }]]]),
    );
  },
);

test('blanks around a version do not count', () => {
  const secfixes = { ' 0 ': ['CVE-2020-1'] };
  const { fixes } = parsed(document({ packages: [{ pkg: { name: 'a', secfixes } }] }));
  expect(fixes.get('a')?.[0]?.version).toBe('0');
});

const withPkg = (pkg: unknown) => document({ packages: [{ pkg: PKG }, { pkg }] });

test.each<[unknown, string, string]>([
  [[], 'the document should be an object', '[]'],
  [{}, 'distroversion should be v and a version such as v3.20, or edge', 'nothing'],
  [document({ distroversion: 'v3.20/..' }), 'distroversion should be', '"v3.20/.."'],
  [document({ reponame: '../main' }), 'reponame should be the name of a repository', '"../main"'],
  [document({ packages: undefined }), 'packages should be an array', 'nothing'],
  [document({ packages: 'none' }), 'packages should be an array', '"none"'],
  [document({ packages: { openssl: 7 } }), 'packages should be an array', '{"openssl":7}'],
  [document({ packages: [7] }), 'packages[0] should be an object', '7'],
  [document({ packages: [{}] }), 'packages[0].pkg should be an object', 'nothing'],
  [withPkg({ secfixes: {} }), 'packages[1].pkg.name should be the name of a package', 'nothing'],
  [withPkg({ name: 'a b' }), 'packages[1].pkg.name should be the name of a package', '"a b"'],
  [withPkg({ name: 'a', secfixes: 'none' }), 'packages[1].pkg.secfixes should be an object', '"none"'],
  // Alpine's own format for some days in 2023.
  [withPkg({ name: 'a', secfixes: [{ version: '1' }] }), 'packages[1].pkg.secfixes should be an object', '[{"v'],
  [withPkg({ name: 'a', secfixes: { '1.2': 'CVE-1' } }), 'packages[1].pkg.secfixes.1.2 should be an array', '"CVE-1"'],
  [withPkg({ name: 'a', secfixes: { '1.2': [7] } }), 'packages[1].pkg.secfixes.1.2[0] should be names of', '7'],
  [withPkg({ name: 'a', secfixes: { '': [] } }), 'packages[1].pkg.secfixes should be an object of versions', '""'],
  [
    withPkg({ name: 'a', secfixes: { '1\u001b': [] } }),
    'packages[1].pkg.secfixes should be an object of',
    '"1\\u001b"',
  ],
])('a document that is none is refused with the path inside it: case %#', (value, problem, got) => {
  expect(parseSecdb(JSON.stringify(value), 'https://secdb/main.json')).toMatchObject({
    ok: false,
    error: {
      code: 'AIB_BAD_SECDB',
      what: expect.stringContaining(`Alpine's security database is invalid: ${problem}`),
      got: expect.stringContaining(got),
      where: 'https://secdb/main.json',
    },
  });
});

test.each(['<html>', '', '{"distroversion":"v3.20","packages":['])('what is no JSON is refused: %j', text => {
  expect(parseSecdb(text, 'main.json')).toMatchObject({
    ok: false,
    error: { code: 'AIB_BAD_SECDB', what: expect.stringContaining('it is not JSON') },
  });
});

test('whatever a text holds, it is read or refused, and what is read can be shown', () => {
  const list = fc.oneof(fc.array(fc.oneof(fc.string(), fc.jsonValue())), fc.jsonValue());
  const secfixes = fc.oneof(fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('1.2-r0', '0')), list), fc.jsonValue());
  const packages = fc.array(
    fc.oneof(fc.record({ pkg: fc.record({ name: fc.constant('a'), secfixes }) }), fc.jsonValue()),
  );
  let read = 0;
  fc.assert(
    fc.property(packages, value => {
      const result = parseSecdb(JSON.stringify(document({ packages: value })), 'main.json');
      if (!result.ok) {
        expect(result.error.code).toBe('AIB_BAD_SECDB');
        return;
      }
      read += 1;
      for (const { ids, version } of [...result.value.fixes.values()].flat())
        for (const shown of [...ids, version]) expect(shown).toMatch(/^[!-~]([ -~]*[!-~])?$/);
    }),
    { numRuns: 2000 },
  );
  expect(read).toBeGreaterThan(100);
});
