import { describe, expect, it } from 'vitest';
import { partFor } from './part.ts';
import type { Installable } from './satisfying.ts';

function entry(name: string, more: Partial<Installable> = {}): Installable {
  return { name, version: '1-r0', checksum: `Q1${name}`, depends: [], provides: [], installIf: [], ...more };
}

const namesFor = (packages: readonly Installable[], ...names: readonly string[]): readonly string[] =>
  partFor(packages, names).map(({ name }) => name);

describe('the part of a set of packages', () => {
  const packages = [
    entry('app', { depends: ['so:lib.so.1', '/bin/sh', '!other'] }),
    entry('ash', { provides: ['/bin/sh'] }),
    entry('bash', { provides: ['/bin/sh'], depends: ['readline'] }),
    entry('lib', { provides: ['so:lib.so.1=1'] }),
    entry('readline'),
  ];

  it('has what the names need, and nothing else', () => {
    expect(namesFor(packages, 'app')).toEqual(['app', 'ash', 'lib']);
    expect(namesFor(packages, 'readline', 'nobody')).toEqual(['readline']);
    expect(namesFor(packages)).toEqual([]);
  });

  it('needs no second package for what one in it gives already', () => {
    expect(namesFor(packages, 'app', 'bash')).not.toContain('ash');
    expect(
      namesFor(
        packages.filter(({ name }) => name !== 'ash'),
        'app',
      ),
    ).toEqual(['app', 'bash', 'lib', 'readline']);
  });

  it('prefers the package of the very name, whatever comes before it', () => {
    expect(namesFor([entry('a', { provides: ['b'] }), entry('b')], 'b')).toEqual(['b']);
    expect(namesFor([entry('a', { provides: ['b=2'] }), entry('b')], 'b@edge')).toEqual(['b']);
  });

  it('has what comes by itself where others are together, with what that needs', () => {
    const more = [
      entry('app'),
      entry('app-openrc', { installIf: ['app=1-r0', 'openrc', '!busybox'], depends: ['helper'] }),
      entry('helper'),
      entry('openrc'),
    ];
    expect(namesFor(more, 'app')).toEqual(['app']);
    expect(namesFor(more, 'app', 'openrc')).toEqual(['app', 'app-openrc', 'helper', 'openrc']);
  });

  it('leaves out what needs a package that is not there, and all that needs that', () => {
    const broken = [entry('top', { depends: ['middle'] }), entry('middle', { depends: ['gone'] }), entry('fine')];
    expect(namesFor(broken, 'top', 'fine')).toEqual(['fine']);
  });

  it('may have packages that need each other', () => {
    expect(namesFor([entry('a', { depends: ['b'] }), entry('b', { depends: ['a'] })], 'a')).toEqual(['a', 'b']);
  });
});
