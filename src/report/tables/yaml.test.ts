import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
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

it('writes the same object twice, not a reference to it', () => {
  const shared = { b: ['c'] };
  expect(yaml({ one: shared, two: shared })).toBe('one:\n  b:\n    - c\ntwo:\n  b:\n    - c\n');
});

const DOUBTFUL = [
  ...['3.20', '1e3', '0x1f', '0o17', '017', '1_000', '12:30:45', '.inf', '.NaN', '+1', '-', '-0'],
  ...['no', 'Null', 'ON', 'y', 'N', 'True', '~', '=', '<<', '2026-05-01', '2001-12-14t21:59:43.10-05:00'],
  ...['', ' x', 'x ', 'a: b', 'a:', '# a', 'a #b', '@x', '- a', '? a', '! a', '&a', '*a', '%a', '`a', '|', '>'],
  ...['{a}', '[a]', 'a,b', "'a'", '"a"', 'x\ny', 'x\n', '\tx', '---', '...', 'é', '😀'],
  `${'long '.repeat(40)}\nand more`,
];

it.each(DOUBTFUL)('puts %j in quotes', text => {
  expect(yaml({ a: text })).toBe(`a: ${JSON.stringify(text)}\n`);
  expect(yaml({ [text]: 1 })).toBe(`${JSON.stringify(text)}: 1\n`);
});

it('escapes what YAML calls unprintable, and half characters', () => {
  expect(yaml(['\u007f\u0085\u2028\ufeff'])).toBe('- "\\u007f\\u0085\\u2028\\ufeff"\n');
  expect(parse(yaml(['a\ud800']))).toEqual(['a\ufffd']);
});

// Any text, and any that could be a word or a number of some version.
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'0123456789:.-_+eExXoOynNYtTfF~ #\n\t"\'\\,[]{}&*!|>%@`?=<') }),
  fc.constantFrom(...DOUBTFUL),
);
const { data } = fc.letrec(tie => ({
  data: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.boolean(),
    fc.constant(null),
    fc.integer(),
    fc.array(tie('data'), { maxLength: 4 }),
    fc.dictionary(text, tie('data'), { maxKeys: 4, noNullPrototype: true }),
  ),
})) as { data: fc.Arbitrary<Parameters<typeof yaml>[0]> };

it.each(['1.1', '1.2'] as const)('is read by YAML %s as what was written', version => {
  fc.assert(
    fc.property(data, value => {
      expect(parse(yaml(value), { version })).toEqual(value);
    }),
    { numRuns: 300 },
  );
});

const PYTHON = `
import json, sys, yaml
print(json.dumps([yaml.load(text, Loader=yaml.SafeLoader) for text in json.load(sys.stdin)]))
`;

it('is read by another implementation, of YAML 1.1, as what was written', context => {
  if (spawnSync('python3', ['-c', 'import yaml']).status !== 0) context.skip('no PyYAML here');
  const values = fc.sample(data, 300);
  const texts = values.map(yaml);
  const { stdout, stderr } = spawnSync('python3', ['-c', PYTHON], { input: JSON.stringify(texts), encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(values);
});
