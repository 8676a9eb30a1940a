import { describe, expect, it } from 'vitest';
import { readOptions } from './read-options.ts';

const read = (line: string) => readOptions(line.split(' '));

describe('options that have a value are cut out of the command line', () => {
  it.each([
    ['--only aws 3.20 --json', ['--json'], { only: ['aws', '3.20'] }],
    ['--only aws //x/...', ['//x/...'], { only: ['aws'] }],
    ['--skip a --skip b', [], { skip: ['a', 'b'] }],
    ['--skip=a b', ['b'], { skip: ['a'] }],
    ['--set a=b c', ['c'], { set: ['a=b'] }],
    ['--set=a.b=-c=d', [], { set: ['a.b=-c=d'] }],
    ['--set a=1 --set b=2', [], { set: ['a=1', 'b=2'] }],
    ['--custom one two -k', ['-k'], { custom: ['one', 'two'] }],
    ['x -- --only y', ['x', '--', '--only', 'y'], {}],
    ['--onlyx y --constructor z', ['--onlyx', 'y', '--constructor', 'z'], {}],
    ['build --json', ['build', '--json'], {}],
    ['build --keep-going //x', ['build', '--keepGoing', '//x'], {}],
    ['graph --no-factored //x', ['graph', '--no-factored', '//x'], {}],
  ])('%s', (line, argv, values) => {
    expect(read(line)).toEqual({ argv, values, fault: undefined });
  });

  it.each([
    ['-j 4', [], 4],
    ['-j4', [], 4],
    ['-j=4', [], 4],
    ['--jobs=4', [], 4],
    ['-kj4', ['-k'], 4],
    ['-kj 4', ['-k'], 4],
    ['-k', ['-k'], undefined],
    ['-xj4', ['-xj4'], undefined],
  ])('in short: %s', (line, argv, jobs) => {
    expect(read(line)).toEqual({ argv, values: jobs === undefined ? {} : { jobs }, fault: undefined });
  });
});

describe('a value is read by its type', () => {
  it('a text stays as it was typed, whatever it looks like', () => {
    expect(read('--to 3.2 --output 3.20 --cache=007').values).toEqual({ to: '3.2', output: '3.20', cache: '007' });
    expect(read('--only 3.20 3.2').values).toEqual({ only: ['3.20', '3.2'] });
  });

  it('names, counts, days and sizes are what they mean', () => {
    expect(read('--by arch,version, --keep-days 0.5 --max-size 1K --cache-size unlimited').values).toEqual({
      by: ['arch', 'version'],
      keepDays: 0.5,
      maxSize: 1_024,
      cacheSize: Number.POSITIVE_INFINITY,
    });
  });
});

describe('what is wrong with a value is told, with the option', () => {
  it.each([
    ['build --only --json', 'only', '--only requires a value'],
    ['--to //aws/x', 'to', '--to requires a value'],
    ['--cache=', 'cache', '--cache requires a value'],
    ['--to a --to b', 'to', '--to can be given only once'],
    ['--jobs 0', 'jobs', '--jobs must be a whole number from 1'],
    ['-j many', 'jobs', '--jobs must be a whole number from 1'],
    ['--keep-days soon', 'keepDays', '--keep-days must be a number from 0'],
    ['--cache-size big', 'cacheSize', 'Invalid size'],
  ])('%s', (line, name, what) => {
    expect(read(line).fault).toMatchObject({ name, failure: { code: 'AIB_USAGE', what } });
  });
});
