import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { PackageURL } from 'packageurl-js';
import { describe, expect, it } from 'vitest';
import { writeCycloneDx } from '../../formats/sbom/cyclonedx.ts';
import type { Software } from '../../formats/sbom/software.ts';
import { writeSpdx } from '../../formats/sbom/spdx.ts';
import { softwareIn } from './sbom.ts';

/** As apk writes it: fields of packages, then their files. */
const DATABASE = `C:Q1+qPhMmT5e9cYk4fVgkAUSYdfk9M=
P:musl
V:1.2.5-r0
A:x86_64
S:407278
I:667648
T:the musl c library (libc) implementation
U:https://musl.libc.org/
L:MIT
o:musl
m:Nobody <nobody@example.org>
t:1712345678
c:0123456789abcdef0123456789abcdef01234567
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q1Hy1AJFQ0bS2QX0fUHLuwYxDGpIM=

C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=
P:busybox
V:1.36.1-r29
A:x86_64
S:1
I:1
T:
U:
L:GPL-2.0-only
D:so:libc.musl-x86_64.so.1 !mdev-conf
p:/bin/sh cmd:sh=1.36.1-r29

C:Q1BBBBBBBBBBBBBBBBBBBBBBBBBBB=
P:gtk+3.0
V:3.24~git-r0_p1
A:noarch
S:1
I:1
T:A "quoted" é
U:https://example.org/a b
L:custom AND 100% free
o:gtk
D:/bin/sh musl>=1.2 gtk+3.0 nobody-has-this

`;

function software(database = DATABASE): Software {
  const packages = softwareIn(database);
  if (!packages.ok) throw new Error(packages.error.what);
  return {
    name: 'aws_alpine-3.20.3-r0',
    release: '3.20.3',
    epoch: 1_725_580_800,
    id: '6b1d3f0e-52b4-5c1e-9c69-3a5f1f0a7d21',
    sha256: 'a'.repeat(64),
    packages: packages.value,
  };
}

describe('the software of an image', () => {
  it('is every package of its database by name, with those that it needs', () => {
    expect(software().packages.map(({ name, version, needs }) => [name, version, needs])).toEqual([
      ['busybox', '1.36.1-r29', ['musl']],
      ['gtk+3.0', '3.24~git-r0_p1', ['busybox', 'musl']],
      ['musl', '1.2.5-r0', []],
    ]);
  });

  it('is refused with its line if the database is damaged', () => {
    expect(softwareIn('P:musl\nnonsense\n')).toMatchObject({
      ok: false,
      error: { code: 'AIB_BAD_INDEX', where: 'lib/apk/db/installed:2' },
    });
  });
});

describe('the CycloneDX document', () => {
  it('is valid by the schema, as its makers check it', async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    expect(await validator.validate(writeCycloneDx(software()))).toBeNull();
    expect(await validator.validate(writeCycloneDx(software('')))).toBeNull();
    expect(await validator.validate(writeCycloneDx(software()).replace('"library"', '"librarian"'))).not.toBeNull();
  });

  it('is what it was, byte for byte', async () => {
    await expect(writeCycloneDx(software())).toMatchFileSnapshot('sbom.cdx.txt');
  });
});

describe('the SPDX document', () => {
  it('is what it was, byte for byte', async () => {
    await expect(writeSpdx(software())).toMatchFileSnapshot('sbom.spdx.txt');
  });
});

it('packages are named as others name them', () => {
  const { components } = JSON.parse(writeCycloneDx(software())) as {
    components: readonly { purl: string; name: string; version: string }[];
  };
  for (const { purl, name, version } of components) {
    const read = PackageURL.fromString(purl);
    expect({ name: read.name, version: read.version, type: read.type, namespace: read.namespace }).toEqual({
      name,
      version,
      type: 'apk',
      namespace: 'alpine',
    });
    expect(read.qualifiers).toEqual({ arch: expect.stringMatching(/^(x86_64|noarch)$/), distro: 'alpine-3.20.3' });
    expect(read.toString()).toBe(purl);
  }
});
