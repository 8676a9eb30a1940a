/** What can come next on an unfinished command line: from the tables of verbs and options, and what a project has. Reads nothing itself. */
import { GLOBAL_OPTIONS, longFlag, OPTIONS, type OptionName, type OptionRow, shortFlag } from '../words/options.ts';
import { VERBS, type VerbRow } from '../words/verb-table.ts';

/** What depends on the project or is long. Asked only if it is needed; empty if it cannot be read. */
export interface Known {
  /** Names of variants with their version: `//aws/x86_64/uefi/tiny@3.20`. */
  readonly variants: () => readonly string[];
  readonly outputs: readonly string[];
  readonly dimensionKeys: () => readonly string[];
  readonly regions: () => readonly string[];
  /** Numbers of runs, the newest first. */
  readonly runs: () => readonly string[];
  readonly codes: () => readonly string[];
}

/** With more candidates than this, labels are completed word by word. */
const MANY = 40;

const ALL_OPTIONS = Object.keys(OPTIONS) as readonly OptionName[];

/** The candidates for the last word, which may be empty; the others are before it, without `aib`. Undefined: names of files. */
export function completions(typed: readonly string[], known: Known): readonly string[] | undefined {
  const word = typed.at(-1) ?? '';
  const before = typed.slice(0, -1);
  const [verb] = operandsIn(before, ALL_OPTIONS);
  if (verb === undefined) {
    const open = openOption(before, GLOBAL_OPTIONS);
    if (open !== undefined && !word.startsWith('-')) return valuesOf(open, undefined, known);
    return matching(word.startsWith('-') ? flags(GLOBAL_OPTIONS) : [...Object.keys(VERBS), 'help'], word);
  }
  if (verb === 'help') return matching(Object.keys(VERBS), word);
  if (!Object.hasOwn(VERBS, verb)) return [];
  const row: VerbRow = VERBS[verb as keyof typeof VERBS];
  const names = [...row.options, ...GLOBAL_OPTIONS];
  const [, ...operandsBefore] = operandsIn(before, names);
  if (word.startsWith('-')) {
    const [flag = '', value] = word.split('=', 2);
    const named = value === undefined ? undefined : names.find(name => longFlag(name) === flag);
    if (named === undefined) return matching(flags(names, row), word);
    return valuesOf(named, row, known)
      ?.map(each => `${flag}=${listBefore(named, value ?? '')}${each}`)
      .filter(each => each.startsWith(word));
  }
  // A label ends the words of an option.
  const open = word.startsWith('//') ? undefined : openOption(before.slice(before.indexOf(verb) + 1), names);
  if (open !== undefined) {
    const values = valuesOf(open, row, known);
    if (values === undefined) return undefined;
    const list = listBefore(open, word);
    return matching(
      values.map(each => `${list}${each}`),
      word,
    );
  }
  return operands(operandsBefore, word, { row, known });
}

/** The words that are neither options nor their values. */
function operandsIn(words: readonly string[], names: readonly OptionName[]): readonly string[] {
  return words.filter((word, index) => {
    if (word.startsWith('-')) return false;
    return word.startsWith('//') || openOption(words.slice(0, index), names) === undefined;
  });
}

/** The option whose value the next word is. After `--only aws` it may still be the option's. */
function openOption(before: readonly string[], names: readonly OptionName[]): OptionName | undefined {
  for (const [index, word] of [...before].reverse().entries()) {
    const named = names.find(name => longFlag(name) === word || `-${shortFlag(OPTIONS[name])}` === word);
    if (named === undefined) {
      if (word.startsWith('-') || word.startsWith('//')) return undefined;
      continue;
    }
    const { type }: OptionRow = OPTIONS[named];
    return type !== 'switch' && (index === 0 || type === 'words') ? named : undefined;
  }
  return undefined;
}

/** Undefined: files, or a text that cannot be known. */
function valuesOf(name: OptionName, row: VerbRow | undefined, known: Known): readonly string[] | undefined {
  if (name === 'only' || name === 'skip') return known.dimensionKeys();
  if (name === 'notRegions') return known.regions();
  const { values, type }: OptionRow = OPTIONS[name];
  return (
    row?.means?.[name]?.values ?? values ?? (type === 'count' || type === 'days' || type === 'size' ? [] : undefined)
  );
}

/** `time,` of `time,ma`, if the value is a list of names. */
function listBefore(name: OptionName, value: string): string {
  return OPTIONS[name].type === 'names' ? value.slice(0, value.lastIndexOf(',') + 1) : '';
}

function operands(
  before: readonly string[],
  word: string,
  { row, known }: { readonly row: VerbRow; readonly known: Known },
): readonly string[] | undefined {
  const isFirst = before.length === 0;
  const { completes } = row;
  if (completes === 'codes') return matching(known.codes(), word.toUpperCase());
  if (completes === 'runs') {
    const words = isFirst ? ['critical-path', 'diff', 'trace', ...known.runs()] : known.runs();
    return word.startsWith('/') ? labels(word, known) : matching(words, word);
  }
  if (completes === 'labels') return labels(word, known);
  if (completes === 'labels or files') return word.startsWith('//') ? labels(word, known) : undefined;
  if (completes !== undefined && isFirst) return matching(completes, word);
  return word.startsWith('//') ? labels(word, known) : undefined;
}

/** Whole labels if there are few, else the next word of each. Patterns for all below a word are offered, too. */
function labels(word: string, known: Known): readonly string[] {
  const variants = known.variants();
  if (word.includes(':')) {
    const [variant = '', output = ''] = word.split(':', 2);
    return known.outputs.filter(each => each.startsWith(output)).map(each => `${variant}:${each}`);
  }
  // A label without a version means the newest one.
  const plain = word.includes('@') ? variants : variants.map(name => name.replace(/@.*$/, ''));
  const found = [...new Set(plain)].filter(name => name.startsWith(word));
  if (found.length === 1 && found[0] === word) {
    const versions = variants.filter(name => name.startsWith(`${word}@`));
    return [word, ...versions, `${word}:`];
  }
  if (found.length <= MANY) return found;
  const next = new Set(
    found.map(name => name.slice(0, name.indexOf('/', Math.max(word.length, 2)) + 1 || name.length)),
  );
  return [...next].flatMap(each => (each.endsWith('/') ? [each, `${each}...`] : [each]));
}

function flags(names: readonly OptionName[], row?: VerbRow): readonly string[] {
  const long = names.map(
    name => (row?.means?.[name]?.flag ?? OPTIONS[name].flag).replace(/^-[a-z], /, '').split(' ')[0] ?? '',
  );
  return [...long, '--help'];
}

function matching(words: readonly string[], word: string): readonly string[] {
  return words.filter(each => each.startsWith(word));
}
