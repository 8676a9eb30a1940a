import { describe, expect, it } from 'vitest';
import { asWritten, commandFault, type DeclaredCommand, unknownCommand } from './command-faults.ts';

const build: DeclaredCommand = {
  name: 'build',
  rawName: 'build [...labels]',
  args: [{ required: false, variadic: true }],
  options: [{ names: ['j', 'jobs'], required: true }, { names: ['keepGoing'] }],
  examples: ['aib build //a'],
};
const owner: DeclaredCommand = {
  name: 'owner',
  rawName: 'owner <path>',
  args: [{ required: true, variadic: false }],
  options: [],
  examples: [],
};
const everywhere = [{ names: ['cacheSize'], required: true }, { names: ['json'] }];

function fault(
  command: DeclaredCommand,
  args: readonly string[],
  options: Record<string, unknown>,
  ...lists: string[]
) {
  return commandFault(command, { args, options: { '--': [], ...options }, lists }, everywhere);
}

describe('a command line', () => {
  it('without a fault has none', () => {
    expect(
      fault(build, ['//a', '//b'], { jobs: 3, j: 3, cacheSize: '5G', json: true, keepGoing: true }),
    ).toBeUndefined();
    expect(fault(owner, ['x'], {})).toBeUndefined();
  });

  it('with an option that its verb lacks is told the one it may have meant, as one types it', () => {
    expect(fault(build, [], { jbos: 3 })).toMatchObject({
      code: 'AIB_USAGE',
      what: 'aib build has no option --jbos',
      hint: expect.stringContaining('did you mean --jobs?'),
    });
    expect(fault(build, [], { cacheSzie: 3 })).toMatchObject({
      what: 'aib build has no option --cache-szie',
      hint: expect.stringContaining('did you mean --cache-size?'),
    });
    expect(fault(owner, ['x'], { z: true })?.what).toBe('aib owner has no option -z');
    expect(fault(owner, ['x'], {}, 'only')?.what).toBe('aib owner has no option --only');
  });

  it('with an option without its value, or given twice, names the option', () => {
    expect(fault(build, [], { j: true, jobs: true })?.what).toBe('--jobs needs a value');
    expect(fault(build, [], { cacheSize: ['1G', '2G'] })).toMatchObject({
      what: '--cache-size can be given once',
      got: '1G, 2G',
    });
  });

  it('with too few or too many words shows what the verb takes', () => {
    expect(fault(owner, [], {})?.what).toBe('aib owner needs more words: aib owner <path>');
    expect(fault(owner, ['a', 'b', 'c'], {})).toMatchObject({ got: 'b c' });
  });

  it('whose verb is mistyped is told the nearest', () => {
    expect(unknownCommand('bild', [build, owner]).hint).toBe('did you mean build?');
    expect(unknownCommand('frobnicate', [build, owner]).hint).toBe('aib --help lists them');
  });
});

describe('a value that looks like a number', () => {
  it('stays as it was written', () => {
    const argv = ['node', 'aib', '--to', '3.20', '--cache=007', '-j', '4'];
    expect(asWritten({ to: 3.2, cache: 7, jobs: 4, json: true }, argv)).toEqual({
      to: '3.20',
      cache: '007',
      jobs: '4',
      json: true,
    });
    expect(asWritten({ j: 3 }, ['-j3'])).toEqual({ j: '3' });
  });
});
