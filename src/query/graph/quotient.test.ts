import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { everything } from './node-set.ts';
import { type Quotient, quotient } from './quotient.ts';
import { type Edges, graphs } from './test-graphs.ts';
import { worldOf, worldOfEdges } from './test-world.ts';
import type { QueryWorld } from './world.ts';

const kindOf = (world: QueryWorld) => (node: number) => world.graph.nodes[node]?.kind ?? '';
const labelsOf = (world: QueryWorld, nodes: Iterable<number>) =>
  Array.from(nodes, node => world.graph.nodes[node]?.label ?? '');

/** Lines `disk-1 disk-2 > iso`, one per edge; a class without edges has its own line. */
function drawn(world: QueryWorld, { classes, edges }: Quotient): readonly string[] {
  const names = classes.map(members => labelsOf(world, members).join(' '));
  const joined = new Set(edges.flat());
  return [
    ...names.filter((_, place) => !joined.has(place)),
    ...edges.map(([source, target]) => `${names[source]} > ${names[target]}`),
  ];
}

describe('chains that differ only by their variant', () => {
  test('are one chain', () => {
    const world = worldOf(`
      image-1 -> disk-1
      image-2 -> disk-2
      disk-1 -> pack-1 iso
      disk-2 -> pack-2 iso
      pack-1 -> index
      pack-2 -> index
    `);
    expect(drawn(world, quotient(world.graph, everything(8), kindOf(world)))).toEqual([
      'image-1 image-2 > disk-1 disk-2',
      'disk-1 disk-2 > pack-1 pack-2',
      'disk-1 disk-2 > iso',
      'pack-1 pack-2 > index',
    ]);
  });

  test('stay apart all along if one of them has something that the other lacks', () => {
    const world = worldOf(`
      image-1 -> disk-1
      image-2 -> disk-2 firmware
      disk-1 -> iso
      disk-2 -> iso
    `);
    expect(drawn(world, quotient(world.graph, everything(6), kindOf(world)))).toEqual([
      'image-1 > disk-1',
      'disk-1 > iso',
      'image-2 > disk-2',
      'image-2 > firmware',
      'disk-2 > iso',
    ]);
  });

  test('are told apart by what the answer holds, and not by what lies outside', () => {
    const world = worldOf(`
      disk-1 -> iso
      disk-2 -> iso firmware
    `);
    const disks = Uint32Array.from(['disk-2', 'disk-1'], name => world.graph.indexOf(name) ?? expect.unreachable());
    expect(drawn(world, quotient(world.graph, disks, kindOf(world)))).toEqual(['disk-2 disk-1']);
  });
});

describe('of any graph', () => {
  const samples = graphs.chain(edges => fc.tuple(fc.constant(edges), fc.subarray([...edges.keys()])));

  test('classes are those of the definition, as it is followed by hand', () => {
    fc.assert(
      fc.property(samples, ([edges, names]) => {
        const { world, value } = quotientOf(edges, names);
        const classes = value.classes.map(members => labelsOf(world, members).sort());
        expect(classes.sort()).toEqual(byHand(edges, names, kindOfName).sort());
      }),
    );
  });

  test('an edge between classes means one of every member at either end, and none means none', () => {
    fc.assert(
      fc.property(samples, ([edges, names]) => {
        const { world, value } = quotientOf(edges, names);
        const drawnEdges = new Set(value.edges.map(edge => edge.join(' ')));
        expect(drawnEdges.size).toBe(value.edges.length);
        for (const [source, from] of value.classes.entries()) {
          for (const [target, to] of value.classes.entries()) {
            const [sources, targets] = [labelsOf(world, from), labelsOf(world, to)];
            const has = (a: string, b: string): boolean => edges.get(a)?.includes(b) ?? false;
            const isDrawn = drawnEdges.has(`${source} ${target}`);
            for (const a of sources) expect(targets.some(b => has(a, b))).toBe(isDrawn);
            for (const b of targets) expect(sources.some(a => has(a, b))).toBe(isDrawn);
          }
        }
      }),
    );
  });

  test('classes do not depend on the order of nodes, in the graph or in the answer', () => {
    const shuffled = samples.chain(([edges, names]) =>
      fc.tuple(
        fc.constant({ edges, names }),
        fc.shuffledSubarray([...edges], { minLength: edges.size }),
        fc.shuffledSubarray(names, { minLength: names.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([{ edges, names }, otherEdges, otherNames]) => {
        const asSets = (given: Edges, answer: readonly string[]) => {
          const { world, value } = quotientOf(given, answer);
          const sets = value.classes.map(members => labelsOf(world, members).sort().join(' '));
          return {
            classes: [...sets].sort(),
            edges: value.edges.map(ends => ends.map(end => sets[end]).join(' > ')).sort(),
          };
        };
        expect(asSets(new Map(otherEdges), otherNames)).toEqual(asSets(edges, names));
      }),
    );
  });

  test('where each node has a colour of its own, nothing is joined', () => {
    fc.assert(
      fc.property(samples, ([edges, names]) => {
        const world = worldOfEdges(edges);
        const nodes = Uint32Array.from(names, name => world.graph.indexOf(name) ?? 0);
        expect(quotient(world.graph, nodes, String).classes.map(members => [...members])).toEqual(
          [...nodes].map(node => [node]),
        );
      }),
    );
  });
});

test('a chain of 20,000 nodes of one kind, each seen to be different from the next, takes no long while', () => {
  const size = 20_000;
  const world = worldOfEdges(
    new Map(Array.from({ length: size }, (_, n) => [`n-${n}`, n + 1 < size ? [`n-${n + 1}`] : []])),
  );
  expect(quotient(world.graph, everything(size), kindOf(world)).classes).toHaveLength(size);
});

function quotientOf(edges: Edges, names: readonly string[]) {
  const world = worldOfEdges(edges);
  const nodes = Uint32Array.from(names, name => world.graph.indexOf(name) ?? expect.unreachable());
  return { world, value: quotient(world.graph, nodes, kindOf(world)) };
}

function kindOfName(name: string): string {
  return name.replace(/-.*/, '');
}

/** Splits classes by the neighbours of each node, all of them again in each round, until nothing changes. */
function byHand(edges: Edges, names: readonly string[], colourOf: (name: string) => string): string[][] {
  let sight = new Map(names.map(name => [name, colourOf(name)]));
  for (let count = 0; ; ) {
    const see = (others: readonly string[]): string =>
      [...new Set(others.map(other => sight.get(other)))].sort().join();
    const next = new Map(
      names.map(name => {
        const down = names.filter(other => edges.get(name)?.includes(other));
        const up = names.filter(other => edges.get(other)?.includes(name));
        return [name, `(${sight.get(name)} ${see(down)} ${see(up)})`];
      }),
    );
    const distinct = [...new Set(next.values())];
    if (distinct.length === count) return distinct.map(each => names.filter(name => next.get(name) === each).sort());
    count = distinct.length;
    // Short names for the next round.
    sight = new Map([...next].map(([name, text]) => [name, String(distinct.indexOf(text))]));
  }
}
