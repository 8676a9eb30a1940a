import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aibHome } from '../../src/util/files/home.ts';
import { FAULTS } from './faults.ts';
import { mutantsOf } from './mutants.ts';

test.each(FAULTS)('there is still a place for the fault: $what', ({ file, from, to }) => {
  expect(readFileSync(join(aibHome(), file), 'utf8').split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
});

test('statements are left out, but no fields and no ends of expressions', () => {
  const source = `class Counter {
  #count = 0;

  up(words: Words): Words {
    this.#count = this.#count + 1;
    this.#words.take(words);
    return words
      .take(words)
      .finish();
  }
}
`;
  const left = mutantsOf(source).filter(({ to }) => to === '');
  expect(left.map(({ line, from }) => `${line}: ${from}`)).toEqual([
    '5: this.#count = this.#count + 1;',
    '6: this.#words.take(words);',
  ]);
});

test('mistakes by rule are made in code alone, one at a time', () => {
  const source = `/** a === b */
interface Shape {
  readonly isOn: true;
}
export function f(a: number): boolean {
  // true
  if (a === 1) return 'x && y' === String(a);
  g(a);
  return \`\${a} < 1\` !== '';
}
`;
  const mutants = mutantsOf(source);
  expect(mutants.map(({ line, from, to }) => `${line}: ${from} → ${to}`)).toEqual([
    '7: === → !==',
    '7: === → !==',
    '7: if ( → if (true ||',
    '7: if ( → if (false &&',
    '8: g(a); → ',
    '9: !== → ===',
  ]);
  for (const { text } of mutants)
    expect(text.split('\n').filter((line, at) => line !== source.split('\n')[at])).toHaveLength(1);
});
