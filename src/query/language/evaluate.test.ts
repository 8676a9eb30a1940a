import { describe, expect, test } from 'vitest';
import { worldOf, worldOfEdges } from '../graph/test-world.ts';
import type { QueryWorld } from '../graph/world.ts';
import { evaluateQuery } from './evaluate.ts';

/** The names of the result, in order. */
function ask(world: QueryWorld, text: string): string {
  const result = evaluateQuery(text, world);
  if (!result.ok) throw new Error(`${result.error.what}\n${result.error.output?.join('\n')}`);
  return Array.from(result.value, node => world.graph.nodes[node]?.label).join(' ');
}

/*
 *     image-1 ─► disk-1 ─┬─► pack-1 ─► index
 *        ▲               └─► iso
 *     boot-1 ─► firmware     ▲
 *                            │
 *     image-2 ─► disk-2 ─┬───┘
 *                        └─► pack-2 ─► index
 */
const images = worldOf(`
  boot-1 -> image-1 firmware
  image-1 -> disk-1
  disk-1 -> pack-1 iso
  image-2 -> disk-2
  disk-2 -> pack-2 iso
  pack-1 -> index
  pack-2 -> index
`);

describe('graph order', () => {
  test('a node stands before everything that it depends on, and near it where it can', () => {
    expect(ask(images, '//...')).toBe('boot-1 image-1 firmware disk-1 pack-1 image-2 disk-2 iso pack-2 index');
  });
});

describe('each function', () => {
  test.each([
    ['deps(disk-1)', 'disk-1 pack-1 iso index'],
    ['deps(disk-1, 0)', 'disk-1'],
    ['deps(disk-1, 1)', 'disk-1 pack-1 iso'],
    ['deps(disk-1 + image-2, 1)', 'disk-1 pack-1 image-2 disk-2 iso'],
    ['deps(set())', ''],
    ['rdeps(iso)', 'boot-1 image-1 disk-1 image-2 disk-2 iso'],
    ['rdeps(iso, 1)', 'disk-1 disk-2 iso'],
    ['rdeps(//..., iso, 1)', 'disk-1 disk-2 iso'],
    ['rdeps(image-1, iso)', 'image-1 disk-1 iso'],
    ['rdeps(image-1, iso, 1)', 'disk-1 iso'],
    ['rdeps(firmware, iso)', ''],
    ['allpaths(boot-1, index)', 'boot-1 image-1 disk-1 pack-1 index'],
    ['allpaths(boot-1 + image-2, iso + firmware)', 'boot-1 image-1 firmware disk-1 image-2 disk-2 iso'],
    ['allpaths(iso, boot-1)', ''],
    ['allpaths(iso, iso)', 'iso'],
    ['somepath(boot-1, index)', 'boot-1 image-1 disk-1 pack-1 index'],
    ['somepath(boot-1 + image-2, iso)', 'image-2 disk-2 iso'],
    ['somepath(iso, boot-1)', ''],
    ['somepath(iso + disk-1, iso)', 'iso'],
    ['kind(disk)', 'disk-1 disk-2'],
    ['kind("^(iso|index)$", deps(image-1))', 'iso index'],
    ['kind(is, //...)', 'disk-1 disk-2 iso'],
    ['filter("-2$")', 'image-2 disk-2 pack-2'],
    ['filter(1, set(pack-1 image-2 image-1))', 'pack-1 image-1'],
    ['attr(kind, "^pack$")', 'pack-1 pack-2'],
    ['attr(kind, "^pack$", deps(disk-2))', 'pack-2'],
    ['inputs(in/iso)', 'disk-1 disk-2'],
    ['inputs("^index$", //...)', 'pack-1 pack-2'],
    ['outputs("^disk.*out$", //...)', 'disk-1 disk-2'],
    ['some(deps(disk-2))', 'disk-2'],
    ['some(set(iso disk-2 disk-1), 2)', 'iso disk-2'],
    ['some(set(iso disk-2), 9)', 'iso disk-2'],
  ])('%s', (text, expected) => {
    expect(ask(images, text)).toBe(expected);
  });

  test.each([
    ['iso + disk-1', 'iso disk-1'],
    ['set(iso disk-1 iso)', 'iso disk-1'],
    ['iso + disk-1 + iso + index', 'iso disk-1 index'],
    ['set(iso index disk-1) ^ set(disk-1 iso)', 'iso disk-1'],
    ['set(iso index disk-1) - index', 'iso disk-1'],
    ['iso - iso + iso', 'iso'],
    ['iso + disk-1 ^ disk-1', 'disk-1'],
    ['iso + (disk-1 ^ iso)', 'iso'],
    ['set()', ''],
    ['let a = set(iso index) in let b = $a - iso in $a + $b', 'iso index'],
    ['let a = iso in (let a = index in $a) + $a', 'index iso'],
  ])('the left operand says the order: %s', (text, expected) => {
    expect(ask(images, text)).toBe(expected);
  });
});

describe('what cannot be answered', () => {
  test.each([
    ['deps(disk-1 + isso)', 'AIB_NO_SUCH_LABEL', '              ~~~~'],
    ['$a', 'AIB_QUERY_VARIABLE', '~~'],
    ['(let a = iso in $a) + $a', 'AIB_QUERY_VARIABLE', '                      ~~'],
    ['iso + some(set())', 'AIB_QUERY_EMPTY', '      ~~~~~~~~~~~'],
    ['attr(colour, red)', 'AIB_NO_SUCH_ATTRIBUTE', '     ~~~~~~'],
  ])('%s is shown where it stands', (text, code, marks) => {
    expect(evaluateQuery(text, images)).toMatchObject({ error: { code, output: [text, marks] } });
  });
});

describe('large graphs', () => {
  const size = 100_000;

  test('a chain of 100,000 nodes needs no stack', () => {
    const chain = worldOfEdges(
      new Map(Array.from({ length: size }, (_, n) => [`n-${n}`, n + 1 < size ? [`n-${n + 1}`] : []])),
    );
    const last = `n-${size - 1}`;
    expect(ask(chain, `deps(n-0) - deps(n-0, ${size - 2})`)).toBe(last);
    for (const text of ['deps(n-0)', `rdeps(${last})`, `allpaths(n-0, ${last})`, `somepath(n-0, ${last})`]) {
      const result = evaluateQuery(text, chain);
      expect(result.ok && result.value.length).toBe(size);
    }
  });

  test('a node with 100,000 dependents is met once', () => {
    const star = worldOfEdges(
      new Map<string, readonly string[]>(
        Array.from({ length: size + 1 }, (_, n) => [n < size ? `n-${n}` : 'hub', n < size ? ['hub'] : []]),
      ),
    );
    const result = evaluateQuery('rdeps(//..., hub)', star);
    expect(result.ok && result.value.length).toBe(size + 1);
  });
});
