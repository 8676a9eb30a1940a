import { expect, test } from 'vitest';
import { parseSecdb, type Secdb } from '../alpine/security/secdb.ts';
import { vulnerabilitiesOf } from '../alpine/security/vulnerabilities.ts';
import { secdbJson } from './secdb-json.ts';
import { OWN_VERSION } from './stand-in.ts';

function databases(): readonly Secdb[] {
  return (['main', 'community'] as const).map(repository => {
    const parsed = parseSecdb(secdbJson('v3.19', repository, ['x86_64', 'aarch64']), 'sample');
    return parsed.ok ? parsed.value : expect.unreachable(parsed.error.what);
  });
}

/** All names in the database, each with a version: packages of stand-ins have the name of their source package. */
function had(db: Secdb, versionOf: (name: string) => string) {
  const packages = [...db.fixes.keys()].map(name => ({ name, origin: name, version: versionOf(name) }));
  return vulnerabilitiesOf(db, packages).flatMap(({ vulnerabilities, cannotTell }) => [
    ...vulnerabilities,
    ...cannotTell,
  ]);
}

test('a database says of which version and repository it is, and has nothing that is not understood', () => {
  const heads = databases().map(({ folder, repository, passedOver }) => ({ folder, repository, passedOver }));
  expect(heads).toEqual([
    { folder: 'v3.19', repository: 'main', passedOver: [] },
    { folder: 'v3.19', repository: 'community', passedOver: [] },
  ]);
});

test('no vulnerability has a name that a real one could have', () => {
  const ids = databases().flatMap(({ fixes }) => [...fixes.values()].flatMap(its => its.flatMap(fix => fix.ids)));
  expect(ids.length).toBeGreaterThan(8);
  expect(ids.filter(id => !/^(CVE|AIB)-0000-\d{4}$/.test(id))).toEqual([]);
});

test('no stand-in has one, but its first version would have had; others never had one', () => {
  for (const db of databases()) {
    // The oldest served versions: busybox is Debian's or Alpine's, everything else the sample's own or Alpine's.
    expect(had(db, name => (name === 'busybox' ? '1.20.0-r0' : OWN_VERSION))).toEqual([]);
    expect(had(db, () => '0.0.1_alpha')).not.toEqual([]);
    expect([...db.fixes.values()].flat().some(({ version }) => version === '0')).toBe(true);
  }
});
