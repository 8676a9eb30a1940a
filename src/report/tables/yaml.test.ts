import { expect, it } from 'vitest';
import { yaml } from './yaml.ts';

it('writes maps and lists in blocks, nested ones under their key or dash', () => {
  expect(yaml({ a: 'x', b: [], c: {}, d: ['w', { e: 1, f: ['z'] }, ['p', ['q']]], g: { h: null } })).toBe(
    'a: x\nb: []\nc: {}\nd:\n  - w\n  - e: 1\n    f:\n      - z\n  - - p\n    - - q\ng:\n  h: null\n',
  );
});

it('writes a list or a scalar by itself', () => {
  expect(yaml([{ a: 1 }, { b: true }])).toBe('- a: 1\n- b: true\n');
  expect(yaml([])).toBe('[]\n');
});

it.each(['3.20', 'no', 'Null', '2026-05-01', '', ' x', 'a: b', '# a', '@x', '- a', 'x\ny', '{a}', '~', 'é'])(
  'puts %j in quotes',
  text => expect(yaml({ a: text })).toBe(`a: ${JSON.stringify(text)}\n`),
);

it('escapes what YAML calls unprintable', () => {
  expect(yaml(['\u007f\u0085\u2028\ufeff'])).toBe('- "\\u007f\\u0085\\u2028\\ufeff"\n');
});
