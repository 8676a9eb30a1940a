/** Checks the words of a command line before anything else runs. Does not resolve labels or files. */
import type { Failure } from '../../util/failure.ts';
import { nearest } from '../../util/suggest.ts';
import { GLOBAL_OPTIONS, longFlag, OPTIONS, type OptionName, shortFlag } from './options.ts';
import type { ReadOptions } from './read-options.ts';
import { VERBS, type Verb, type VerbRow } from './verb-table.ts';

export interface ParsedWords {
  readonly words: readonly string[];
  /** The options that cac found, by name in camel case; true or false for a switch. */
  readonly switches: Readonly<Record<string, unknown>>;
  readonly read: Pick<ReadOptions, 'values' | 'fault'>;
}

export function unknownCommand(word: string): Failure {
  const near = nearest(word, Object.keys(VERBS));
  return usage(
    `Unknown command: ${word}`,
    near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'run aib --help, which lists the commands',
  );
}

/** The first fault. An unknown option comes first, because the word after it may be its value. */
export function commandFault(verb: Verb, { words, switches, read }: ParsedWords): Failure | undefined {
  const row: VerbRow = VERBS[verb];
  const names: readonly string[] = [...row.options, ...GLOBAL_OPTIONS];
  const typed = [...Object.keys(switches), ...Object.keys(read.values), ...(read.fault ? [read.fault.name] : [])];
  const unknown = typed.find(name => !names.includes(name));
  if (unknown !== undefined) {
    const near = unknown.length > 1 ? nearest(unknown, names).map(longFlag) : [];
    const list = `run aib ${verb} --help, which lists its options`;
    return usage(
      `aib ${verb} has no option ${unknown.length === 1 ? `-${unknown}` : longFlag(unknown)}`,
      near.length > 0 ? `did you mean ${near.join(' or ')}? Otherwise ${list}` : list,
    );
  }
  if (read.fault !== undefined) return read.fault.failure;
  const [worth] = Object.entries(switches).filter(([, value]) => typeof value !== 'boolean');
  if (worth !== undefined)
    return usage(`${longFlag(worth[0])} does not accept a value`, 'leave out the value', String(worth[1]));
  return countFault(verb, row, words);
}

function countFault(verb: Verb, { takes, examples }: VerbRow, words: readonly string[]): Failure | undefined {
  const needed = takes.match(/<[^>]+>/g)?.length ?? 0;
  if (words.length < needed)
    return usage(`aib ${verb} requires more arguments: aib ${verb} ${takes}`, `for example: ${examples[0]}`);
  if (takes.includes('...') || words.length <= needed) return undefined;
  return usage(
    `aib ${verb} accepts fewer arguments: ${`aib ${verb} ${takes}`.trim()}`,
    'leave out the last arguments',
    words.slice(needed).join(' '),
  );
}

/** The switches that cac found, without its own keys and without one-letter duplicates of long names. */
export function switchesOf(options: Readonly<Record<string, unknown>>, verb: Verb): Readonly<Record<string, unknown>> {
  const row: VerbRow = VERBS[verb];
  const letters = new Set([...row.options, ...GLOBAL_OPTIONS].flatMap(name => shortFlag(OPTIONS[name]) ?? []));
  // For --no-remote-cache cac sets remoteCache, too.
  const isSwitch = (name: string): boolean =>
    !Object.hasOwn(OPTIONS, name) || OPTIONS[name as OptionName].type === 'switch';
  return Object.fromEntries(
    Object.entries(options).filter(([name]) => name !== '--' && !letters.has(name) && isSwitch(name)),
  );
}

function usage(what: string, hint: string, got?: string): Failure {
  return { code: 'AIB_USAGE', what, hint, ...(got === undefined ? {} : { got }) };
}
