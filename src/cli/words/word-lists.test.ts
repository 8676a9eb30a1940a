import { describe, expect, it } from 'vitest';
import { cutWordLists } from './word-lists.ts';

describe('options that take several words', () => {
  it.each([
    ['--only aws 3.20 --json', ['--json'], { only: ['aws', '3.20'] }],
    ['--only aws //x/...', ['//x/...'], { only: ['aws'] }],
    ['--skip a --skip b', [], { skip: ['a', 'b'] }],
    ['--skip=a b', ['b'], { skip: ['a'] }],
    ['--set a=b c', ['c'], { set: ['a=b'] }],
    ['--set=a.b=-c=d', [], { set: ['a.b=-c=d'] }],
    ['--custom one two -k', ['-k'], { custom: ['one', 'two'] }],
    ['x -- --only y', ['x', '--', '--only', 'y'], {}],
    ['--onlyx y --constructor z', ['--onlyx', 'y', '--constructor', 'z'], {}],
  ])('%s', (line, argv, lists) => {
    expect(cutWordLists(line.split(' '))).toEqual({ argv, lists });
  });

  it('without a word say which', () => {
    expect(cutWordLists(['build', '--only', '--json']).missing).toBe('--only');
  });
});
