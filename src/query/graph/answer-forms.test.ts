import { expect, test } from 'vitest';
import { OUTPUTS, type OutputName } from './answer-forms.ts';
import { worldOf } from './test-world.ts';

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
  const rendered = OUTPUTS[output]({ world, nodes, filesOf: label => [`/store/${label}-1`, `/store/${label}-2`] });
  return rendered.type === 'lines' ? [...rendered.lines] : rendered.rows.map(row => row.join('|'));
}

test('nodes come in the order of the set', () => {
  expect(show('label', 'd', 'a', 'b')).toEqual(['d', 'a', 'b']);
  expect(show('files', 'd', 'a')).toEqual(['/store/d-1', '/store/d-2', '/store/a-1', '/store/a-2']);
});

test('a rank is the length of the longest path inside the answer', () => {
  expect(show('maxrank', 'd', 'c', 'b', 'a')).toEqual(['0 a', '1 c', '1 b', '2 d']);
  expect(show('maxrank', 'd', 'a')).toEqual(['0 d', '0 a']);
});

test('an empty answer is an empty text or table', () => {
  expect(show('label')).toEqual([]);
  expect(show('table')).toEqual(['label|kind|release|arch|firmware|cloud']);
});

test('JSON is one object a line, with inputs and outputs as they are named', () => {
  expect(show('json', 'b').map(line => JSON.parse(line))).toEqual([
    { label: 'b', kind: 'b', inputs: [{ name: 'in/d', label: 'd', output: 'out' }], outputs: ['b.out'] },
  ]);
});
