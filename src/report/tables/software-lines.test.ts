import { expect, test } from 'vitest';
import { packageDifferences, packagesIn } from './software-lines.ts';

const component = (name: string, version: string, licenses: unknown) => ({
  name,
  version,
  purl: `pkg:apk/${name}`,
  licenses,
});

const document = (...components: readonly unknown[]): string => JSON.stringify({ components });

test('packages are listed with whatever licence they have', () => {
  const text = document(
    component('a', '1', [{ expression: 'MIT' }]),
    component('b', '2', [{ license: { name: 'custom' } }]),
    component('c', '3', undefined),
  );
  expect(packagesIn(text).map(({ name, license }) => [name, license])).toEqual([
    ['a', 'MIT'],
    ['b', 'custom'],
    ['c', ''],
  ]);
});

test('of two images what went, what came and what has another version is told', () => {
  const [before, after] = [
    document(component('gone', '1', []), component('same', '1', []), component('newer', '1', [])),
    document(component('came', '1', []), component('same', '1', []), component('newer', '2', [])),
  ].map(packagesIn);
  expect(packageDifferences(before ?? [], after ?? [])).toEqual([
    { name: 'came', after: '1' },
    { name: 'gone', before: '1' },
    { name: 'newer', before: '1', after: '2' },
  ]);
  expect(packageDifferences(before ?? [], before ?? [])).toEqual([]);
});
