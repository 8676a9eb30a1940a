import { expect, test } from 'vitest';
import type { NodeSet } from './node-set.ts';
import { OUTPUTS, type OutputName } from './outputs.ts';
import { worldOf } from './test-world.ts';
import type { QueryWorld } from './world.ts';

/*
 *     a ─► b ─► d
 *     └──► c ───┘
 */
const world = worldOf(`
  a -> b c
  b -> d
  c -> d
`);

function show(output: OutputName, ...names: readonly string[]): readonly string[] {
  const nodes = Uint32Array.from(names, name => world.graph.indexOf(name) ?? expect.unreachable());
  return render(world, nodes, output);
}

function render(of: QueryWorld, nodes: NodeSet, output: OutputName): readonly string[] {
  const rendered = OUTPUTS[output]({ world: of, nodes, filesOf: label => [`/store/${label}-1`, `/store/${label}-2`] });
  return rendered.type === 'lines' ? [...rendered.lines] : rendered.rows.map(row => row.join('|'));
}

test('nodes come in the order of the set', () => {
  expect(show('label', 'd', 'a', 'b')).toEqual(['d', 'a', 'b']);
  expect(show('files', 'd', 'a')).toEqual(['/store/d-1', '/store/d-2', '/store/a-1', '/store/a-2']);
});

test('only edges between nodes of the answer are drawn', () => {
  expect(show('dot', 'd', 'a', 'b').filter(line => line.includes('->'))).toEqual(['  "a" -> "b";', '  "b" -> "d";']);
  expect(show('mermaid', 'd', 'a', 'b')).toEqual([
    'flowchart TD',
    '  n0["d"]',
    '  n1["a"]',
    '  n2["b"]',
    '  n1 --> n2',
    '  n2 --> n0',
  ]);
});

test('a rank is the length of the longest path inside the answer', () => {
  expect(show('maxrank', 'd', 'c', 'b', 'a')).toEqual(['0 a', '1 c', '1 b', '2 d']);
  expect(show('maxrank', 'd', 'a')).toEqual(['0 d', '0 a']);
});

test('an empty answer is an empty text, drawing or table', () => {
  expect(show('label')).toEqual([]);
  expect(show('dot')).toEqual(['digraph aib {', '  node [shape=box];', '}']);
  expect(show('table')).toEqual(['label|kind|release|arch|firmware|cloud']);
});

test('names that mean something to a drawing program are quoted for it', () => {
  const odd = worldOf('say"hi#1\\');
  const only = Uint32Array.of(0);
  expect(render(odd, only, 'dot')[2]).toBe('  "say\\"hi#1\\\\" [tooltip="say\\"hi#1\\\\"];');
  expect(render(odd, only, 'mermaid')[1]).toBe('  n0["say#quot;hi#35;1\\"]');
});

test('JSON is one object a line, with inputs and outputs as they are named', () => {
  expect(show('json', 'b').map(line => JSON.parse(line))).toEqual([
    { label: 'b', kind: 'b', inputs: [{ name: 'in/d', label: 'd', output: 'out' }], outputs: ['b.out'] },
  ]);
});
