import { describe, expect, it } from 'vitest';
import { type ClosurePackage, withClosures } from '../../alpine/locking/closures.ts';
import type { Lock } from '../../alpine/locking/lock.ts';
import { testLock } from '../../alpine/locking/test-lock.ts';
import { packageSet } from '../package-set.ts';
import { toolboxRequest, variantRequest } from '../supply/closure-request.ts';
import { testConfigs } from '../test-config.ts';
import { lockChanges } from './lock-changes.ts';

const MAIN = 'v3.20/main/x86_64';
// The first two have the same packages; the third has an architecture that is not in the lock.
const CONFIGS = testConfigs(`
  Default { repos { "https://dl-cdn.alpinelinux.org/alpine/{v_version}/main" = true }, packages { openssh = true } }
  Dimensions {
    version { "3.20" {} }, arch { x86_64 {}, aarch64 {} }, firmware { bios {} }, bootstrap { tiny {} }
    cloud { one {}, two {}, three { packages { sudo = true } } }
  }`);
const [ONE, TWO, THREE] = ['one', 'two', 'three'].map(cloud => `//${cloud}/x86_64/bios/tiny@3.20`);

function entry(name: string, version: string, checksum = version): ClosurePackage {
  const more = { index: MAIN, size: 7, origin: name, license: 'MIT', scripts: true };
  return { name, version, checksum: `Q1${checksum.padEnd(27, 'a')}=`, ...more };
}

/** The packages of each variant on x86_64. */
function lockOf(packages: Readonly<Record<string, readonly ClosurePackage[]>>): Lock {
  const closures = CONFIGS.flatMap(config => {
    const own = packages[config.cloud];
    const set = packageSet(config);
    if (own === undefined || config.arch !== 'x86_64' || !set.ok) return [];
    return [[variantRequest('3.20/x86_64', set.value).key, own] as const];
  });
  return withClosures(testLock(), new Map(closures), 'replace');
}

it('tools are told, too: they go into every disk', () => {
  const { key } = toolboxRequest('3.20', 'x86_64');
  const [before, after] = ['1', '2'].map(version =>
    withClosures(testLock(), new Map([[key, [entry('mtools', version)]]]), 'replace'),
  );
  expect(lockChanges(before, after ?? testLock(), CONFIGS)).toEqual({
    first: [],
    packages: [{ name: 'mtools', before: '1', after: '2', repository: MAIN, images: ['//toolbox/x86_64'] }],
  });
});

describe('what is different between two locks', () => {
  it('is told by package, each with the images that take it', () => {
    const before = lockOf({ one: [entry('musl', '1'), entry('gone', '1')], three: [entry('musl', '1')] });
    const after = lockOf({ one: [entry('musl', '2'), entry('came', '1')], three: [entry('musl', '2')] });
    expect(lockChanges(before, after, CONFIGS)).toEqual({
      first: [],
      packages: [
        { name: 'came', after: '1', repository: MAIN, images: [ONE, TWO] },
        { name: 'gone', before: '1', repository: MAIN, images: [ONE, TWO] },
        { name: 'musl', before: '1', after: '2', repository: MAIN, images: [ONE, TWO, THREE] },
      ],
    });
  });

  it('is a change too where a version was built anew', () => {
    const [before, after] = ['x', 'y'].map(checksum => lockOf({ three: [entry('musl', '1', checksum)] }));
    expect(lockChanges(before, after ?? testLock(), CONFIGS).packages).toEqual([
      { name: 'musl', before: '1', after: '1', repository: MAIN, images: [THREE] },
    ]);
  });

  it('keeps apart what goes from different versions to one', () => {
    const before = lockOf({ one: [entry('musl', '1')], three: [entry('musl', '2')] });
    const after = lockOf({ one: [entry('musl', '3')], three: [entry('musl', '3')] });
    expect(lockChanges(before, after, CONFIGS).packages.map(({ before: was, images }) => [was, images])).toEqual([
      ['1', [ONE, TWO]],
      ['2', [THREE]],
    ]);
  });

  it('names images that are locked for the first time, and none that still are not', () => {
    const after = lockOf({ one: [entry('musl', '1')], three: [entry('musl', '1')] });
    expect(lockChanges(undefined, after, CONFIGS)).toEqual({ packages: [], first: [ONE, TWO, THREE] });
    expect(lockChanges(lockOf({ three: [entry('musl', '1')] }), after, CONFIGS).first).toEqual([ONE, TWO]);
    expect(lockChanges(after, after, CONFIGS)).toEqual({ packages: [], first: [] });
  });
});
