import { expect, test } from 'vitest';
import { parseApkIndex } from '../../alpine/package/apkindex.ts';
import { wishSizes } from './wish-sizes.ts';

/**
 *     world: editor, server, shell
 *     editor ── terminal ──┐
 *     server ── crypto ────┴─ libc          shell ── libc
 *     server-init is installed because shell and server are both installed
 *     left is installed, but nothing requires it
 */
const RECORDS: Readonly<Record<string, readonly string[]>> = {
  editor: ['D:terminal libc'],
  terminal: ['D:libc'],
  server: ['D:so:crypto.1'],
  crypto: ['D:libc', 'p:so:crypto.1=1'],
  shell: ['D:libc'],
  libc: [],
  'server-init': ['i:shell server=1'],
  left: [],
};

const BYTES = new Map(Object.keys(RECORDS).map((name, index) => [name, 10 ** index]));

function sizesOf(world: readonly string[]) {
  const records = Object.entries(RECORDS).map(([name, lines]) =>
    [`C:Q1${'A'.repeat(27)}=`, `P:${name}`, 'V:1', ...lines, ''].join('\n'),
  );
  const packages = parseApkIndex(records.join('\n'));
  if (!packages.ok) throw new Error(packages.error.what);
  const placeOf = (name: string) => (name === 'server' ? 'images.conf:3:5' : undefined);
  const { wishes, shared, unasked } = wishSizes(packages.value, world, { bytes: BYTES, placeOf });
  return {
    wishes: new Map(wishes.map(each => [each.wish, each])),
    shared,
    unasked,
    order: wishes.map(each => each.wish),
  };
}

test('a wish has what would go away without it; what several need and what nobody asked for stand apart', () => {
  const { wishes, shared, unasked, order } = sizesOf(['editor', 'server', 'shell']);
  expect(wishes.get('editor')).toEqual({
    wish: 'editor',
    itself: 1,
    own: { bytes: 11, packages: ['editor', 'terminal'] },
  });
  expect(wishes.get('server')).toEqual({
    wish: 'server',
    place: 'images.conf:3:5',
    itself: 100,
    own: { bytes: 1_001_100, packages: ['server', 'crypto', 'server-init'] },
  });
  // It would be removed without either of the two that require it.
  expect(wishes.get('shell')?.own.packages).toEqual(['shell', 'server-init']);
  expect(shared).toEqual({ bytes: 100_000, packages: ['libc'] });
  expect(unasked).toEqual({ bytes: 10_000_000, packages: ['left'] });
  expect(order).toEqual(['shell', 'server', 'editor']);
});

test('a wish for what another needs anyway would free nothing', () => {
  const { wishes, shared } = sizesOf(['editor', 'libc', '!left']);
  expect(wishes.get('libc')).toEqual({ wish: 'libc', itself: 100_000, own: { bytes: 0, packages: [] } });
  expect(shared.packages).toEqual(['libc']);
  expect([...wishes.keys()].sort()).toEqual(['editor', 'libc']);
});

test('a wish with a tag or a version is told as it stands, and counts as the package', () => {
  const { wishes } = sizesOf(['editor@edge', 'server=1']);
  expect(wishes.get('editor@edge')?.itself).toBe(1);
  expect(wishes.get('server=1')?.own.packages).toEqual(['server', 'crypto']);
});
