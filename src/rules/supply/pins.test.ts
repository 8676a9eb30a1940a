import { expect, it } from 'vitest';
import type { ClosurePackage } from '../../alpine/locking/closures.ts';
import type { IndexPackage } from '../../alpine/package/apkindex.ts';
import { resolveClosure } from '../../alpine/solver/closure.ts';
import { pinned } from './pins.ts';

const CHECKSUM = `Q1${'A'.repeat(27)}=`;

function listed(name: string, version: string, depends: readonly string[] = []): IndexPackage {
  return {
    ...{ name, version, depends, arch: 'x86_64', size: 1, installedSize: 1, description: '', url: '', license: 'MIT' },
    ...{ origin: name, maintainer: '', commit: '', buildTime: 0, checksum: CHECKSUM, provides: [], installIf: [] },
    ...{ replaces: [], providerPriority: 0 },
  };
}

function pin(name: string, version: string, index: string): ClosurePackage {
  return { index, name, version, checksum: CHECKSUM, size: 1, origin: name, license: 'MIT', scripts: true };
}

const MAIN = 'v3.20/main/x86_64';

function closureOf(...args: Parameters<typeof pinned>): readonly string[] {
  const solved = resolveClosure({ world: ['foo', 'tz'], repositories: pinned(...args) });
  if (!solved.ok) return expect.unreachable(solved.error.what);
  return solved.value.map(({ package: { name, version } }) => `${name}-${version}`);
}

const OWN = [listed('foo', '1-r0', ['bar']), listed('bar', '1-r0'), listed('tz', '2-r0')];
const PINS = [pin('foo', '1-r0', MAIN), pin('bar', '1-r0', MAIN)];

it('a package that stays needs what its own repository says, whatever a newer one of a tagged repository needs', () => {
  const other = { name: 'edge/testing/x86_64', tag: 'edge', packages: [listed('foo', '2-r0', ['so:other'])] };
  expect(closureOf([{ name: MAIN, packages: OWN }, other], PINS)).toEqual(['bar-1-r0', 'foo-1-r0', 'tz-2-r0']);
});

it('a package that stays needs what its very version needs, where the index still has that beside a newer one', () => {
  const packages = [...OWN, listed('foo', '2-r0', ['baz']), listed('baz', '1-r0')];
  expect(closureOf([{ name: MAIN, packages }], PINS)).toEqual(['bar-1-r0', 'foo-1-r0', 'tz-2-r0']);
});
