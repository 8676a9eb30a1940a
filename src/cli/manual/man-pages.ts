/** Manual pages in mdoc: one for aib, one for each verb. Made from the tables of verbs and options; no words of their own where a table has them. */
import { FAILURES } from '../../util/failure-table.ts';
import { GLOBAL_OPTIONS, OPTIONS, type OptionName, type OptionRow } from '../words/options.ts';
import { VERBS, type VerbRow } from '../words/verb-table.ts';

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['AIB_CACHE', 'Folder of the store, as --cache.'],
  ['AIB_REMOTE_CACHE', 'Remote caches, as --remote-cache.'],
  ['AIB_USERLAND', 'An Alpine minirootfs archive for the sample mirror, as --userland.'],
  ['AWS_PROFILE', 'The profile for AWS; the AWS SDK reads its other usual variables, too.'],
  ['NO_COLOR', 'If set, output has no colours.'],
  ['FORCE_COLOR', 'If set, output has colours even in a pipe.'],
];

const FILES: readonly (readonly [string, string])[] = [
  ['configs/images.conf', 'The configuration of a project; its folder is the workspace.'],
  ['aib.lock', 'The releases and packages that builds use.'],
  ['aib.local.conf', 'Settings of this machine.'],
  ['.cache', 'The store: results, logs, and the images.'],
];

const STATUS: readonly (readonly [string, string])[] = [
  ['0', 'Everything that was asked for is done.'],
  ['1', 'An action or a check failed.'],
  ['2', 'The command line or the configuration is invalid.'],
  ['3', 'aib verify or aib diff found differences.'],
  ['130', 'The command was interrupted.'],
];

/** When the words of the tables were last revised: pages must not depend on the day on which they are made. */
const REVISED = 'December 1, 2026';

/** By file name. */
export function manPages(version: string): ReadonlyMap<string, string> {
  const pages = new Map([['aib.1', mainPage(version)]]);
  for (const [verb, row] of Object.entries<VerbRow>(VERBS)) pages.set(`aib-${verb}.1`, verbPage(verb, row, version));
  return pages;
}

function mainPage(version: string): string {
  return [
    ...head('AIB', version),
    ...['.Sh NAME', '.Nm aib', '.Nd build Alpine Linux cloud images as an incremental build graph'],
    ...['.Sh SYNOPSIS', '.Nm', '.Ar command', '.Op Ar option ...', '.Op Ar label ...'],
    '.Sh DESCRIPTION',
    ...lines(
      'Each artifact of an image is a node with a content hash. A build makes only what changed, and prints why. Each command has a manual page, such as aib-build(1).',
    ),
    ...text('Commands:'),
    ...list(Object.entries<VerbRow>(VERBS).map(([verb, { words }]) => [`.It Ic ${verb}`, `${words}.`])),
    ...['.Pp', 'These options are common to all commands:'],
    ...optionList(GLOBAL_OPTIONS),
    ...['.Sh ENVIRONMENT', ...list(ENVIRONMENT.map(([name, words]) => [`.It Ev ${name}`, words]))],
    ...['.Sh FILES', ...list(FILES.map(([name, words]) => [`.It Pa ${name}`, words]))],
    ...['.Sh EXIT STATUS', ...list(STATUS.map(([status, words]) => [`.It ${status}`, words]))],
    '.Sh DIAGNOSTICS',
    ...lines(`A failure has one of ${Object.keys(FAILURES).length} codes in brackets; aib explain CODE explains it.`),
    '.Sh SEE ALSO',
    ...references(Object.keys(VERBS).map(verb => `aib-${verb}`)),
    '',
  ].join('\n');
}

function verbPage(verb: string, row: VerbRow, version: string): string {
  const operands = row.takes.match(/[<[][^>\]]+[>\]]/g) ?? [];
  return [
    ...head(`AIB-${verb.toUpperCase()}`, version),
    ...['.Sh NAME', `.Nm aib-${verb}`, `.Nd ${escaped(lowered(row.words.replace(/[:;(].*$/s, '').trim()))}`],
    ...['.Sh SYNOPSIS', '.Nm aib', `.Ic ${verb}`, '.Op Ar option ...', ...operands.map(operand)],
    ...['.Sh DESCRIPTION', ...lines(`${row.words}.`)],
    ...(row.options.length === 0 ? [] : ['.Pp', 'Options:', ...optionList(row.options, row)]),
    ...text('Options of all commands are in aib(1).'),
    ...['.Sh EXAMPLES', ...row.examples.flatMap(example => [`.Dl ${escaped(example)}`])],
    ...['.Sh SEE ALSO', ...references(['aib'])],
    '',
  ].join('\n');
}

function head(title: string, version: string): readonly string[] {
  return [`.Dd ${REVISED}`, `.Dt ${title} 1`, `.Os aib ${version}`];
}

function operand(word: string): string {
  const name = word.slice(1, -1).replace(/^\.\.\./, '');
  const many = word.includes('...') ? ' ...' : '';
  return word.startsWith('<') ? `.Ar ${name}${many}` : `.Op Ar ${name}${many}`;
}

function optionList(names: readonly OptionName[], row?: VerbRow): readonly string[] {
  return list(
    names.map(name => {
      const { flag: usual, words, example, values }: OptionRow = OPTIONS[name];
      const own = row?.means?.[name];
      const [, short, long = '', value] = /^(?:-(\w), )?(--[\w-]+)(?: <(.+)>)?$/.exec(own?.flag ?? usual) ?? [];
      const item = [
        ...(short === undefined ? [] : [`Fl ${short} ,`]),
        `Fl ${long.slice(1)}`,
        ...(value === undefined ? [] : [`Ar ${value}`]),
      ];
      const listed = (own?.values ?? values)?.join(', ');
      const more =
        listed !== undefined && own?.words.includes(listed.slice(0, 5)) !== true ? ` Values: ${listed}.` : '';
      const shown = example === undefined || more !== '' ? '' : ` Example: ${example}`;
      return [`.It ${item.join(' ')}`, `${own?.words ?? words}.${more}${shown}`];
    }),
  );
}

function list(items: readonly (readonly [string, string])[]): readonly string[] {
  return ['.Bl -tag -width Ds', ...items.flatMap(([item, words]) => [item, ...lines(words)]), '.El'];
}

function text(words: string): readonly string[] {
  return ['.Pp', ...lines(words)];
}

/** Each sentence starts a line, so that mandoc spaces it rightly; lines have at most 78 characters. */
function lines(words: string): readonly string[] {
  return words.split(/(?<=[.:]) (?=[A-Z])/).flatMap(sentence => wrapped(sentence).map(line => escaped(line)));
}

function wrapped(sentence: string): readonly string[] {
  const done: string[] = [];
  let line = '';
  for (const word of sentence.split(' ')) {
    if (line !== '' && line.length + word.length > 72) {
      done.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...done, line];
}

function references(names: readonly string[]): readonly string[] {
  const sorted = [...names].sort();
  return sorted.map((name, index) => `.Xr ${name} 1${index < sorted.length - 1 ? ' ,' : ''}`);
}

function lowered(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1);
}

/** roff reads a backslash anywhere, and a dot or an apostrophe at the start of a line. Dashes stay dashes that can be copied. */
function escaped(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('’', "'")
    .replaceAll('…', '...')
    .replace(/^(?=[.'])/, '\\&');
}
