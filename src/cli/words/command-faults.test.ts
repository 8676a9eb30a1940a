import { describe, expect, it } from 'vitest';
import { commandFault, switchesOf, unknownCommand } from './command-faults.ts';
import { readOptions } from './read-options.ts';
import type { Verb } from './verb-table.ts';

function fault(verb: Verb, words: readonly string[], switches: Record<string, unknown>, line = '') {
  return commandFault(verb, { words, switches, read: readOptions(line.split(' ')) });
}

describe('a command line', () => {
  it('without a fault has none', () => {
    expect(fault('build', ['//a', '//b'], { json: true, keepGoing: true }, '--jobs 3 --cache-size 5G')).toBeUndefined();
    expect(fault('owner', ['x'], {})).toBeUndefined();
  });

  it('with an option that its verb does not have is told the one it may have meant, as one types it', () => {
    expect(fault('build', [], { jbos: 3 })).toMatchObject({
      code: 'AIB_USAGE',
      what: 'aib build has no option --jbos',
      hint: expect.stringContaining('did you mean --jobs?'),
    });
    expect(fault('build', [], { cacheSzie: 3 })).toMatchObject({
      what: 'aib build has no option --cache-szie',
      hint: expect.stringContaining('did you mean --cache-size?'),
    });
    expect(fault('owner', ['x'], { z: true })?.what).toBe('aib owner has no option -z');
    expect(fault('owner', ['x'], {}, '--only a')?.what).toBe('aib owner has no option --only');
    expect(fault('owner', ['x'], {}, '--jobs')?.what).toBe('aib owner has no option --jobs');
  });

  it('with an option without its value, or a switch with one, is told which', () => {
    expect(fault('build', [], {}, '-j')?.what).toBe('--jobs requires a value');
    expect(fault('build', [], { json: 3 })).toMatchObject({ what: '--json does not accept a value', got: '3' });
  });

  it('with too few or too many words shows what the verb takes', () => {
    expect(fault('owner', [], {})).toMatchObject({
      what: 'aib owner requires more arguments: aib owner <path>',
      hint: 'for example: aib owner scripts/setup',
    });
    expect(fault('owner', ['a', 'b', 'c'], {})).toMatchObject({ got: 'b c' });
    expect(fault('gc', ['a'], {})?.what).toBe('aib gc accepts fewer arguments: aib gc');
  });

  it('whose verb is mistyped is told the nearest', () => {
    expect(unknownCommand('bild').hint).toBe('did you mean build?');
    expect(unknownCommand('frobnicate').hint).toBe('run aib --help, which lists the commands');
  });
});

it('the letter of an option that has a long name is no option of its own', () => {
  expect(switchesOf({ '--': [], k: true, keepGoing: true, z: true }, 'build')).toEqual({ keepGoing: true, z: true });
});
