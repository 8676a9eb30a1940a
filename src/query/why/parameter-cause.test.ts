import { expect, test } from 'vitest';
import { parameterCause } from './parameter-cause.ts';

const NOWHERE = { settings: undefined, lock: { path: '/lock', text: '' } };

function cause(kind: string, name: string, before: string, after: string, lock = '') {
  return parameterCause({ kind, name, before, after }, { ...NOWHERE, lock: { path: '/lock', text: lock } });
}

test.each([
  ['what came and went', 'a b c', 'b c d', { added: ['d'], removed: ['a'], reordered: false }],
  ['another order', 'a b c', 'c b a', { added: [], removed: [], reordered: true }],
  ['another order beside what came', 'a b', 'b a c', { added: ['c'], removed: [], reordered: true }],
  ['one that is there twice', 'a b', 'a b a', { added: [], removed: [], reordered: true }],
])('of a list it tells %s', (_, before, after, told) => {
  expect(cause('disk', 'AIB_SCRIPTS', before, after)).toMatchObject(told);
});

test('a text has no order', () => {
  expect(cause('overlay', 'CLOUD', 'a b', 'b a')).toMatchObject({ added: [], removed: [], reordered: false });
});

test('what a name means is up to the kind of the node', () => {
  const lock = '{\n  "2"\n}';
  expect(cause('overlay', 'RELEASE', '1', '2', lock)).toMatchObject({ words: 'the release', places: ['/lock:2'] });
  const unknown = { words: 'a parameter of the action', places: [] };
  expect(cause('disk', 'RELEASE', '1', '2', lock)).toMatchObject(unknown);
  expect(cause('gone', 'RELEASE', '1', '2', lock)).toMatchObject(unknown);
});

test.each([
  ['AIB_KIND', 'the kind of node'],
  ['AIB_FORMAT', "the version of aib's own format"],
  ['argument 1', 'the command'],
  ['output out/disk.raw', 'an output of the action'],
  ['platform ISA', 'a requirement on the machine'],
  ['time limit', 'the time limit'],
])('%s has the same words in every kind', (name, words) => {
  for (const kind of ['disk', 'overlay', 'command']) expect(cause(kind, name, 'a', 'b').words).toBe(words);
});
