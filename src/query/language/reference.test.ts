/** Compares the evaluator with a very simple and slow one: sets of names, and recursion. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Edges, graphs } from '../graph/test-graphs.ts';
import { worldOfEdges } from '../graph/test-world.ts';
import { evaluateQuery } from './evaluate.ts';

interface Sample {
  readonly edges: Edges;
  readonly text: string;
  readonly expected: ReadonlySet<string>;
}

const samples: fc.Arbitrary<Sample> = graphs.chain(edges =>
  expressions(edges).map(({ text, value }) => ({ edges, text, expected: value })),
);

interface Valued {
  readonly text: string;
  readonly value: ReadonlySet<string>;
}

function expressions(edges: Edges): fc.Arbitrary<Valued> {
  const all = new Set(edges.keys());
  const leaf: fc.Arbitrary<Valued> = fc.oneof(
    fc.constantFrom(...all).map(name => ({ text: name, value: new Set([name]) })),
    fc.subarray([...all]).map(names => ({ text: `set(${names.join(' ')})`, value: new Set(names) })),
    fc.constant({ text: '//...', value: all }),
  );
  const depth = fc.integer({ min: 0, max: 4 });
  const { expression } = fc.letrec<{ expression: Valued }>(tie => {
    const inner = tie('expression');
    return {
      expression: fc.oneof(
        { maxDepth: 3, depthIdentifier: 'query' },
        leaf,
        inner.map(x => ({ text: `deps(${x.text})`, value: closure(edges, x.value) })),
        fc.tuple(inner, depth).map(([x, n]) => ({ text: `deps(${x.text}, ${n})`, value: closure(edges, x.value, n) })),
        fc
          .tuple(inner, inner)
          .map(([u, x]) => ({ text: `rdeps(${u.text}, ${x.text})`, value: dependents(edges, u.value, x.value) })),
        fc.tuple(inner, inner, depth).map(([u, x, n]) => ({
          text: `rdeps(${u.text}, ${x.text}, ${n})`,
          value: dependents(edges, u.value, x.value, n),
        })),
        inner.map(x => ({ text: `rdeps(${x.text})`, value: dependents(edges, all, x.value) })),
        fc
          .tuple(inner, inner)
          .map(([a, b]) => ({ text: `allpaths(${a.text}, ${b.text})`, value: between(edges, a.value, b.value) })),
        inner.map(x => ({ text: `kind(even, ${x.text})`, value: only(x.value, name => name.startsWith('even')) })),
        inner.map(x => ({ text: `filter("[0-3]$", ${x.text})`, value: only(x.value, name => /[0-3]$/.test(name)) })),
        fc.tuple(inner, inner).map(([a, b]) => ({ text: `(${a.text}) + (${b.text})`, value: union(a.value, b.value) })),
        fc
          .tuple(inner, inner)
          .map(([a, b]) => ({ text: `(${a.text}) ^ (${b.text})`, value: only(a.value, name => b.value.has(name)) })),
        fc
          .tuple(inner, inner)
          .map(([a, b]) => ({ text: `(${a.text}) - (${b.text})`, value: only(a.value, name => !b.value.has(name)) })),
        fc.tuple(inner, inner).map(([a, b]) => ({
          text: `let v = ${a.text} in $v + deps(${b.text}) - $v`,
          value: only(union(a.value, closure(edges, b.value)), name => !a.value.has(name)),
        })),
      ),
    };
  });
  return expression;
}

function closure(edges: Edges, from: ReadonlySet<string>, depth = Number.POSITIVE_INFINITY): ReadonlySet<string> {
  if (depth === 0) return from;
  const next = new Set([...from, ...[...from].flatMap(name => edges.get(name) ?? [])]);
  return next.size === from.size ? from : closure(edges, next, depth - 1);
}

function dependents(
  edges: Edges,
  universe: ReadonlySet<string>,
  x: ReadonlySet<string>,
  depth?: number,
): ReadonlySet<string> {
  const closed = closure(edges, universe);
  const back = new Map([...closed].map(name => [name, [...closed].filter(other => edges.get(other)?.includes(name))]));
  return closure(
    back,
    only(x, name => closed.has(name)),
    depth,
  );
}

/** Every node on a path from one of `a` to one of `b`. */
function between(edges: Edges, a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return only(closure(edges, a), name => meet(closure(edges, new Set([name])), b));
}

function union(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...a, ...b]);
}

function meet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return [...a].some(name => b.has(name));
}

function only(names: ReadonlySet<string>, wanted: (name: string) => boolean): ReadonlySet<string> {
  return new Set([...names].filter(wanted));
}

function ask(edges: Edges, text: string): readonly string[] {
  const world = worldOfEdges(edges);
  const result = evaluateQuery(text, world);
  if (!result.ok) throw new Error(`${text}: ${result.error.what}`);
  return Array.from(result.value, node => world.graph.nodes[node]?.label ?? '');
}

test('any expression over any graph gives what the reference gives, each node once', () => {
  fc.assert(
    fc.property(samples, ({ edges, text, expected }) => {
      const answer = ask(edges, text);
      expect(new Set(answer)).toEqual(expected);
      expect(answer).toHaveLength(expected.size);
    }),
    { numRuns: 2_000 },
  );
});

test('deps, rdeps and allpaths put a node before everything that it depends on', () => {
  fc.assert(
    fc.property(graphs, edges => {
      const [first = ''] = edges.keys();
      for (const text of ['//...', `deps(${first})`, `rdeps(${first})`, `allpaths(//..., ${first})`]) {
        const answer = ask(edges, text);
        for (const [place, name] of answer.entries()) {
          const inside = (edges.get(name) ?? []).filter(each => answer.includes(each));
          for (const each of inside) expect(answer.indexOf(each)).toBeGreaterThan(place);
        }
      }
    }),
  );
});

test('somepath gives a path, the shortest, and nothing exactly if there is none', () => {
  fc.assert(
    fc.property(graphs, fc.infiniteStream(fc.nat()), (edges, numbers) => {
      const names = [...edges.keys()];
      const pick = (): readonly string[] =>
        Array.from({ length: 2 }, () => names[(numbers.next().value ?? 0) % names.length] ?? '');
      const [from, to] = [pick(), pick()];
      const path = ask(edges, `somepath(set(${from.join(' ')}), set(${to.join(' ')}))`);
      const distance = Array.from({ length: names.length }, (_, depth) => depth).find(depth =>
        meet(closure(edges, new Set(from), depth), new Set(to)),
      );
      expect(path.length).toBe(distance === undefined ? 0 : distance + 1);
      if (distance === undefined) return;
      expect(from).toContain(path[0]);
      expect(to).toContain(path.at(-1));
      for (const [place, name] of path.slice(1).entries()) expect(edges.get(path[place] ?? '')).toContain(name);
    }),
    { numRuns: 500 },
  );
});
