/**
 * Compares the failure table with the codes in src/, with its page docs/errors.md, and with the other pages. `-u` writes the page again:
 * `npm run unit -- test/failures.test.ts -u`.
 */
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXIT, showFailure } from '../src/cli/session/messages.ts';
import type { Kind } from '../src/rules/kind.ts';
import { KINDS } from '../src/rules/kinds/kind-table.ts';
import { formatFailure } from '../src/util/failure.ts';
import { FAILURE_EXAMPLES } from '../src/util/failure-examples.ts';
import { FAILURES, type FailureCode, type FailureRow } from '../src/util/failure-table.ts';

const home = join(import.meta.dirname, '..');
const rows: readonly (readonly [FailureCode, FailureRow])[] = Object.entries(FAILURES) as [FailureCode, FailureRow][];
const codes: ReadonlySet<string> = new Set(Object.keys(FAILURES));

/** Parameters and variables of the environment look like codes; `AIB_WORKER_` begins several. */
const VARIABLES: ReadonlySet<string> = new Set([
  ...Object.values<Kind>(KINDS).flatMap(({ parameters }) => Object.keys(parameters ?? {})),
  ...[
    'AIB_AWS_POLL',
    'AIB_CACHE',
    'AIB_FORMAT',
    'AIB_KIND',
    'AIB_USERLAND',
    'AIB_USERLAND_AARCH64',
    'AIB_INDEXES',
    'AIB_PACKAGES',
    'AIB_WORKER_',
    'AIB_WORKER_MACHINES',
    'AIB_WORKER_STDIN',
  ],
]);

describe('codes in src/', () => {
  test('every row is raised by something, rather than only compared with', () => {
    const raised = new Set(sources().flatMap(raisedIn));
    expect([...codes].filter(code => !raised.has(code))).toEqual([]);
  });

  test('what the compiler does not see, the guest and the driver, names only codes of the table', () => {
    const named = [...guestFiles(), ...globSync('src/qemu/drive/*.ts', { cwd: home })]
      .filter(path => !path.endsWith('.test.ts'))
      .flatMap(path => raisedIn(readFileSync(join(home, path), 'utf8')));
    expect(named.filter(isUnknown)).toEqual([]);
    expect(named).toEqual(expect.arrayContaining(['AIB_SCRIPT', 'AIB_GUEST', 'AIB_NO_QEMU']));
  });
});

describe('rows', () => {
  test('words begin as a sentence does, remedies as a command does; neither has a full stop or breaks the page', () => {
    const faults = rows.filter(
      ([, { words, remedy }]) =>
        !/^(?:[A-Z]|aib |--)[^|\n]*[^|.\s]$/.test(words) || !/^[a-z][^|\n]*[^|.\s]$/.test(remedy),
    );
    expect(faults).toEqual([]);
  });

  test('examples break no page', () => {
    const faults = Object.entries(FAILURE_EXAMPLES).filter(([, example]) => /[|\n]|[.\s]$|^$/.test(example));
    expect(faults).toEqual([]);
  });

  test('a failure shows the remedy of its row, unless it has a better one', () => {
    expect(formatFailure({ code: 'AIB_USAGE', what: 'Wrong' })).toBe('Wrong [AIB_USAGE]\n  try   run aib VERB --help');
    expect(formatFailure({ code: 'AIB_USAGE', what: 'Wrong', hint: 'this' })).toBe('Wrong [AIB_USAGE]\n  try   this');
  });

  test.each([
    ['AIB_USAGE', EXIT.usage],
    ['AIB_CONFIG_VALUE', EXIT.usage],
    ['AIB_NO_SUCH_LABEL', EXIT.usage],
    ['AIB_MIRROR_UNREACHABLE', EXIT.failed],
    ['AIB_NO_RUN', EXIT.failed],
    ['AIB_CANCELLED', EXIT.interrupted],
  ] as const)('a command that ends with %s exits with %i', (code, exit) => {
    const write = process.stderr.write;
    process.stderr.write = () => true;
    try {
      expect(showFailure({ code, what: 'It ends' })).toBe(exit);
    } finally {
      process.stderr.write = write;
    }
  });
});

describe('pages', () => {
  test('docs/errors.md is the table', async () => {
    await expect(page()).toMatchFileSnapshot(join(home, 'docs/errors.md'));
  });

  test('docs/cli.md explains every exit status that a row has', () => {
    const [, section = ''] = readFileSync(join(home, 'docs/cli.md'), 'utf8').split('## Exit codes');
    const explained = [...section.matchAll(/^\| (\d+) \|/gm)].map(([, status]) => Number(status));
    expect(explained).toEqual(expect.arrayContaining([0, ...new Set(rows.map(([, { exit }]) => exit))]));
  });

  test('every code that a page or an expected text names is in the table', () => {
    const pages = [...globSync('docs/*.md', { cwd: home }), ...globSync('test/config/broken/*.txt', { cwd: home })];
    const named = ['README.md', ...pages].flatMap(path =>
      [...readFileSync(join(home, path), 'utf8').matchAll(/\bAIB_[A-Z0-9_]+/g)].map(([word]) => ({ path, word })),
    );
    expect(named).toEqual(expect.arrayContaining([{ path: 'docs/scripts.md', word: 'AIB_SCRIPT' }]));
    expect(named.filter(({ word }) => isUnknown(word))).toEqual([]);
  });
});

function guestFiles(): readonly string[] {
  return globSync('src/guest/**', { cwd: home }).filter(path => statSync(join(home, path)).isFile());
}

/** The texts of all programs: without tests, files that only tests and examples use, and the table. */
function sources(): readonly string[] {
  return [...globSync('src/**/*.ts', { cwd: home }), ...guestFiles()]
    .filter(path => !/\.test\.ts$|\/(?:test|example)-[^/]*$|\/failure-(?:table|examples)\.ts$/.test(path))
    .map(path => readFileSync(join(home, path), 'utf8'));
}

/** In TypeScript, a text that is not compared and not part of a union type; in the guest program, the word after `fail` or `error`. */
function raisedIn(text: string): readonly string[] {
  const found = text.matchAll(/(?<!(?:[!=]==|\|) )'(AIB_[A-Z0-9_]+)'(?! \|)|\b(?:fail|error) (AIB_[A-Z0-9_]+)/g);
  return [...found].map(([, quoted, said]) => quoted ?? said ?? '');
}

function isUnknown(word: string): boolean {
  return !codes.has(word) && !VARIABLES.has(word);
}

function page(): string {
  const parts = [...Map.groupBy(rows, ([, { category }]) => category)].map(([category, its]) => [
    `## ${category.charAt(0).toUpperCase()}${category.slice(1)}`,
    '',
    '| code | exits with | what it means | for example | what to do |',
    '| --- | --- | --- | --- | --- |',
    ...its.map(
      ([code, { exit, words, remedy }]) =>
        `| \`${code}\` | ${exit} | ${words} | ${FAILURE_EXAMPLES[code]} | ${remedy} |`,
    ),
    '',
  ]);
  return [...INTRODUCTION, '', ...parts.flat()].join('\n');
}

const INTRODUCTION = [
  '# Errors',
  '',
  'A failure says what happened, with a code that stays the same, where, what was got, and what to do. These are all the codes there are; `aib explain CODE` says the same of one. A failure that knows a better remedy for its case shows that one.',
  '',
  'The [exit status](cli.md#exit-codes) is that of a command which ends with the failure. A node that fails ends a build with 1, whatever its code.',
];
