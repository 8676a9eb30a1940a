import { expect, test } from 'vitest';
import { type IndexPackage, parseApkIndex } from './apkindex.ts';

const CHECKSUM = 'Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=';

function parsed(text: string): readonly IndexPackage[] {
  const result = parseApkIndex(text);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const FULL = `C:${CHECKSUM}
P:sample-shell
V:1.36.1-r29
A:x86_64
S:8515
I:315392
T:A shell: small, with colons
U:https://example.org/a:b
L:GPL-2.0-only
o:sample
m:Some One <one@example.org>
t:1714981135
c:66187892e05b03a41d08e9acabd19b7576a1c875
k:100
D:sample=1.36.1-r29 !other so:libc.musl-x86_64.so.1
p:/bin/sh cmd:sh=1.36.1-r29
i:sample=1.36.1-r29 docs
r:old-shell
Z:of a later apk
`;

test('every field of a record is read', () => {
  expect(parsed(FULL)).toEqual([
    {
      name: 'sample-shell',
      version: '1.36.1-r29',
      arch: 'x86_64',
      size: 8515,
      installedSize: 315392,
      description: 'A shell: small, with colons',
      url: 'https://example.org/a:b',
      license: 'GPL-2.0-only',
      origin: 'sample',
      maintainer: 'Some One <one@example.org>',
      commit: '66187892e05b03a41d08e9acabd19b7576a1c875',
      buildTime: 1714981135,
      checksum: CHECKSUM,
      depends: ['sample=1.36.1-r29', '!other', 'so:libc.musl-x86_64.so.1'],
      provides: ['/bin/sh', 'cmd:sh=1.36.1-r29'],
      installIf: ['sample=1.36.1-r29', 'docs'],
      replaces: ['old-shell'],
      providerPriority: 100,
    },
  ]);
});

test('records are separated by any number of blank lines, and the last one needs none', () => {
  const record = (name: string): string => `P:${name}\nV:1\nC:${CHECKSUM}`;
  for (const text of [`${record('a')}\n\n${record('b')}`, `\n\n${record('a')}\n\n\n${record('b')}\n\n\n`]) {
    expect(parsed(text).map(entry => entry.name)).toEqual(['a', 'b']);
  }
  expect(parsed('')).toEqual([]);
});

test('a package without an origin is its own', () => {
  expect(parsed(`P:a\nV:1\nC:${CHECKSUM}`)[0]).toMatchObject({ origin: 'a', depends: [], providerPriority: 0 });
});

test('a line of more than 64 KiB is read whole', () => {
  const provides = Array.from({ length: 9000 }, (_, at) => `cmd:c${at}=1`);
  expect(provides.join(' ').length).toBeGreaterThan(64 << 10);
  expect(parsed(`P:a\nV:1\nC:${CHECKSUM}\np:${provides.join(' ')}\n`)[0]?.provides).toEqual(provides);
});

test.each([
  ['P:a\nV:1\nno colon here\n', 'x:3', '"no colon here"'],
  [`C:${CHECKSUM}\nP:ok\nV:1\n\nP:b\nV:1\nC:short\n`, 'x:5', '"short"'],
  [`P:../../etc/passwd\nV:1\nC:${CHECKSUM}\n`, 'x:1', '"../../etc/passwd"'],
  [`P:a\nV:1/2\nC:${CHECKSUM}\n`, 'x:1', '"1/2"'],
  [`V:1\nC:${CHECKSUM}\n`, 'x:1', '""'],
  [`P:a\nV:1\nC:${CHECKSUM}\nS:many\n`, 'x:1', '"many"'],
  [`P:a\nV:1\nC:${CHECKSUM}\nk:-1\n`, 'x:1', '"-1"'],
])('%j is refused with its line', (text, where, got) => {
  expect(parseApkIndex(text, 'x')).toMatchObject({ ok: false, error: { code: 'AIB_BAD_INDEX', where, got } });
});
