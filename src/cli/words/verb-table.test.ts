import { expect, test } from 'vitest';
import { commandFault } from './command-faults.ts';
import { GLOBAL_OPTIONS, longFlag, OPTIONS, type OptionRow } from './options.ts';
import { readOptions } from './read-options.ts';
import { VERBS, type Verb, type VerbRow } from './verb-table.ts';

const rows = Object.entries<OptionRow>(OPTIONS);
const verbs = Object.entries<VerbRow>(VERBS) as readonly (readonly [Verb, VerbRow])[];

test.each(rows)('--%s is named as it is typed, and shows a value unless it is a switch', (name, row) => {
  expect(row.flag.replace(/^-[a-z], /, '').split(' ')[0]).toBe(longFlag(name));
  expect(/<[^>]+>$/.test(row.flag)).toBe(row.type !== 'switch');
  expect(row.example !== undefined).toBe(row.type !== 'switch');
});

test.each(rows.filter(([, { type }]) => type !== 'switch'))(
  'the example of --%s is a value that it takes',
  (name, row) => {
    const { values, fault } = readOptions([longFlag(name), ...(row.example ?? '').split(' ')]);
    expect(fault).toBeUndefined();
    expect(Object.keys(values)).toEqual([name]);
  },
);

test('every option is some verb’s', () => {
  const used = new Set<string>([...GLOBAL_OPTIONS, ...verbs.flatMap(([, { options }]) => options)]);
  expect(Object.keys(OPTIONS).filter(name => !used.has(name))).toEqual([]);
});

test.each(verbs)('aib %s: what it says of its own is of an option that it has, under the same name', (_, row) => {
  for (const [name, { flag }] of Object.entries(row.means ?? {})) {
    expect(row.options).toContain(name);
    if (flag !== undefined)
      expect(
        flag
          .replace(/^-[a-z], /, '')
          .replace('--no-', '--')
          .split(' ')[0],
      ).toBe(longFlag(name));
  }
});

test.each(verbs.flatMap(([verb, { examples }]) => examples.map(example => [example, verb] as const)))(
  'the example `%s` is a command line of its verb',
  (example, verb) => {
    const [program, first, ...rest] = example
      .replaceAll(/'[^']*'|"[^"]*"/g, quoted => quoted.replaceAll(' ', '_'))
      .split(' ');
    expect([program, first]).toEqual(['aib', verb]);
    const read = readOptions(rest);
    const words = read.argv.filter(word => !word.startsWith('-'));
    const switches = read.argv
      .filter(word => word.startsWith('--'))
      .map(word => {
        const name = Object.keys(OPTIONS).find(each => longFlag(each) === word || `--${each}` === word);
        return [name ?? word, true] as const;
      });
    expect(commandFault(verb, { words, switches: Object.fromEntries(switches), read })).toBeUndefined();
  },
);
