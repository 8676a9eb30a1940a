/** What is wrong with the words of a command line, so that it can be said before anything is done. Never looks at what the words stand for. */
import type { Failure } from '../../util/failure.ts';
import { nearest } from '../../util/suggest.ts';

/** What cac knows of an option; names are in camel case, as those of the values that it parsed. */
export interface DeclaredOption {
  readonly names: readonly string[];
  readonly required?: boolean;
}

export interface DeclaredCommand {
  readonly name: string;
  readonly rawName: string;
  readonly args: readonly { readonly required: boolean; readonly variadic: boolean }[];
  readonly options: readonly DeclaredOption[];
  readonly examples: readonly unknown[];
}

export interface ParsedWords {
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  /** The options of several words that were cut out before (word-lists.ts). */
  readonly lists: readonly string[];
}

export function unknownCommand(word: string, commands: readonly { readonly name: string }[]): Failure {
  const near = nearest(
    word,
    commands.map(({ name }) => name),
  );
  return usage(
    `There is no command ${word}`,
    near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'aib --help lists them',
  );
}

/** The first fault; an unknown option goes first, since the word after it may be its value. */
export function commandFault(
  command: DeclaredCommand,
  { args, options, lists }: ParsedWords,
  ofEveryCommand: readonly DeclaredOption[],
): Failure | undefined {
  const declared = [...command.options, ...ofEveryCommand];
  const names = declared.flatMap(option => option.names);
  const unknown = [...Object.keys(options), ...lists].find(name => name !== '--' && !names.includes(name));
  if (unknown !== undefined) {
    const near = unknown.length > 1 ? nearest(unknown, names).map(asTyped) : [];
    const list = `aib ${command.name} --help lists its options`;
    return usage(
      `aib ${command.name} has no option ${asTyped(unknown)}`,
      near.length > 0 ? `did you mean ${near.join(' or ')}? ${list}` : list,
    );
  }
  for (const { names, required } of declared) {
    if (required !== true) continue;
    // The longest says most.
    const name = names.toSorted((a, b) => b.length - a.length)[0] ?? '';
    const value = options[name];
    if (Array.isArray(value)) return usage(`${asTyped(name)} can be given once`, `leave one out`, value.join(', '));
    if (value === true || value === false)
      return usage(`${asTyped(name)} needs a value`, `aib ${command.name} --help says which`);
  }
  const needed = command.args.filter(arg => arg.required).length;
  if (args.length < needed)
    return usage(`aib ${command.name} needs more words: aib ${command.rawName}`, helpOf(command));
  const superfluous = command.args.some(arg => arg.variadic) ? [] : args.slice(command.args.length);
  if (superfluous.length === 0) return undefined;
  return usage(
    `aib ${command.name} takes fewer words: aib ${command.rawName}`,
    'leave out what is too much',
    superfluous.join(' '),
  );
}

/** cac makes a number of each value that looks like one, and 3.2 of a folder called 3.20: gives back what was typed. */
export function asWritten(
  options: Readonly<Record<string, unknown>>,
  argv: readonly string[],
): Record<string, unknown> {
  const typed = argv.flatMap(word => [word, word.slice(word.indexOf('=') + 1)]).filter(word => word !== '');
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name,
      typeof value === 'number' ? (typed.find(word => Number(word) === value) ?? String(value)) : value,
    ]),
  );
}

function helpOf({ name, examples }: DeclaredCommand): string {
  const [example] = examples;
  return typeof example === 'string' ? `for example: ${example}` : `aib ${name} --help`;
}

function asTyped(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`;
}

function usage(what: string, hint: string, got?: string): Failure {
  return { code: 'AIB_USAGE', what, hint, ...(got === undefined ? {} : { got }) };
}
