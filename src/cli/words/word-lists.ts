/**
 * Options that take several words (`--only aws 3.20`, as in Alpine's own builder), cut out of the command line before it is parsed: the parser
 * would take the second word for a label, and 3.20 for the number 3.2.
 */

export interface WordLists {
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly custom?: readonly string[];
  readonly vars?: readonly string[];
  readonly set?: readonly string[];
}

/** How many words an option takes: all up to the next option or label, or one. It may come several times either way. */
const NAMES = { only: 'many', skip: 'many', custom: 'many', vars: 'many', set: 'one' } as const;

export interface CutWords {
  readonly argv: readonly string[];
  readonly lists: WordLists;
  /** An option without its words. */
  readonly missing?: string;
}

export function cutWordLists(argv: readonly string[]): CutWords {
  const rest: string[] = [];
  const lists: { -readonly [K in keyof WordLists]: string[] } = {};
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') return { argv: [...rest, ...argv.slice(index)], lists };
    const [, name, inline] = /^--([a-z]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined || !isName(name)) {
      rest.push(word);
      continue;
    }
    const words = inline === undefined ? wordsAfter(argv, index, NAMES[name]) : [inline];
    if (words.length === 0) return { argv: rest, lists, missing: `--${name}` };
    if (inline === undefined) index += words.length;
    lists[name] = [...(lists[name] ?? []), ...words];
  }
  return { argv: rest, lists };
}

function wordsAfter(argv: readonly string[], index: number, count: 'one' | 'many'): readonly string[] {
  const words: string[] = [];
  for (const word of argv.slice(index + 1)) {
    if (word.startsWith('-') || word.startsWith('//') || (count === 'one' && words.length === 1)) break;
    words.push(word);
  }
  return words;
}

function isName(name: string): name is keyof typeof NAMES {
  return Object.hasOwn(NAMES, name);
}
