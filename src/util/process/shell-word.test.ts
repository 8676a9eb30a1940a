import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellWord } from './shell-word.ts';

test.each(['plain', '/srv/my-images_1.2', 'Héllo wörld', "it's", '$HOME `x` "y"', 'two\nlines', '', '*'])(
  '%j is one word to a shell',
  text => {
    expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text);
  },
);

test('what needs no quotes has none', () => {
  expect(shellWord('/srv/my-images_1.2')).toBe('/srv/my-images_1.2');
});
