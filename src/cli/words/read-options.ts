/**
 * Removes the options with values from a command line, and switches that begin with --no-, and reads each value by its type. The rest, the verb with its words and switches,
 * goes to cac. cac would read 3.20 as the number 3.2, and the second word of `--only aws 3.20` as a label.
 */
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { parseCount, parseDays, parseSize } from './option-values.ts';
import {
  longFlag,
  OPTIONS,
  type OptionName,
  type OptionRow,
  type Options,
  type OptionType,
  shortFlag,
} from './options.ts';

export interface ReadOptions {
  /** Without the options that have values. */
  readonly argv: readonly string[];
  readonly values: Options;
  /** The first invalid value. Reported only if the verb has the option. */
  readonly fault: { readonly name: OptionName; readonly failure: Failure } | undefined;
}

export function readOptions(argv: readonly string[]): ReadOptions {
  const rest: string[] = [];
  const values: Record<string, unknown> = {};
  let fault: ReadOptions['fault'];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') return { argv: [...rest, ...argv.slice(index)], values, fault };
    const negative = NEGATIVE_SWITCHES.get(word);
    if (negative !== undefined) {
      values[negative] = true;
      continue;
    }
    const found = optionIn(word);
    if (found === undefined) {
      // cac accepts a switch of two words under its camel-case name; after any other name it reads the label as the value.
      const name = LONG_SWITCHES.get(word);
      rest.push(name === undefined ? word : `--${name}`);
      continue;
    }
    const { name, inline, switches } = found;
    if (switches !== '') rest.push(`-${switches}`);
    const words = inline === undefined ? wordsAfter(argv, index, OPTIONS[name]) : [inline];
    if (inline === undefined) index += words.length;
    const value = readValue(name, words, values[name]);
    if (value.ok) values[name] = value.value;
    else fault ??= { name, failure: value.error };
  }
  return { argv: rest, values, fault };
}

interface Found {
  readonly name: OptionName;
  /** The value in the same word: `--jobs=4`, `-j4`. */
  readonly inline: string | undefined;
  /** Switches before it in the same word: the k of `-kj4`. */
  readonly switches: string;
}

/** The option in a word, if the option has a value. */
function optionIn(word: string): Found | undefined {
  const long = /^--([a-z-]+)(?:=(.*))?$/s.exec(word);
  if (long !== null) {
    const name = LONG.get(long[1] ?? '');
    return name === undefined ? undefined : { name, inline: long[2], switches: '' };
  }
  const letters = /^-([a-z]+)/.exec(word)?.[1] ?? '';
  const at = [...letters].findIndex(letter => SHORT.has(letter));
  const name = SHORT.get(letters[at] ?? '');
  const switches = letters.slice(0, Math.max(at, 0));
  if (name === undefined || ![...switches].every(letter => SWITCHES.has(letter))) return undefined;
  const after = word.slice(at + 2).replace(/^=/, '');
  return { name, inline: after === '' ? undefined : after, switches };
}

const ROWS = Object.entries(OPTIONS) as readonly (readonly [OptionName, OptionRow])[];
const LONG: ReadonlyMap<string, OptionName> = new Map(
  ROWS.flatMap(([name, { type }]) => (type === 'switch' ? [] : [[longFlag(name).slice(2), name]])),
);
const LONG_SWITCHES: ReadonlyMap<string, OptionName> = new Map(
  ROWS.flatMap(([name, { type, flag }]) =>
    type === 'switch' && !flag.startsWith('--no-') ? [[longFlag(name), name]] : [],
  ),
);
/** cac would take them for the opposite of another option. */
const NEGATIVE_SWITCHES: ReadonlyMap<string, OptionName> = new Map(
  ROWS.flatMap(([name, { type, flag }]) =>
    type === 'switch' && flag.startsWith('--no-') ? [[longFlag(name), name]] : [],
  ),
);
const SHORT: ReadonlyMap<string, OptionName> = lettersOf(type => type !== 'switch');
const SWITCHES: ReadonlyMap<string, OptionName> = lettersOf(type => type === 'switch');

function lettersOf(isWanted: (type: OptionType) => boolean): ReadonlyMap<string, OptionName> {
  return new Map(
    ROWS.flatMap(([name, row]) => {
      const letter = shortFlag(row);
      return letter === undefined || !isWanted(row.type) ? [] : [[letter, name]];
    }),
  );
}

function wordsAfter(argv: readonly string[], index: number, { type }: OptionRow): readonly string[] {
  const words: string[] = [];
  for (const word of argv.slice(index + 1)) {
    if (word.startsWith('-') || word.startsWith('//') || (type !== 'words' && words.length === 1)) break;
    words.push(word);
  }
  return words;
}

/** The value of the option with these words; `before` is its value from an earlier use. */
function readValue(name: OptionName, words: readonly string[], before: unknown): Result<unknown> {
  const flag = longFlag(name);
  const { type, example, mayStandAlone } = OPTIONS[name] as OptionRow;
  const [word = ''] = words;
  if (mayStandAlone === true && words.length === 0) return ok(before ?? []);
  if (word === '')
    return fail({ code: 'AIB_USAGE', what: `${flag} requires a value`, hint: `for example: ${flag} ${example}` });
  if (type === 'texts' || type === 'words') return ok([...((before as readonly string[] | undefined) ?? []), ...words]);
  if (before !== undefined)
    return fail({ code: 'AIB_USAGE', what: `${flag} can be given only once`, got: word, hint: 'leave one out' });
  switch (type) {
    case 'text':
      return ok(word);
    case 'names':
      return ok(word.split(',').filter(part => part !== ''));
    case 'count':
      return parseCount(word, flag);
    case 'days':
      return parseDays(word, flag);
    case 'size':
      return parseSize(word, flag);
    case 'switch':
      return ok(true);
    default:
      return type satisfies never;
  }
}
