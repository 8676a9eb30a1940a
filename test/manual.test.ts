/** The manual pages, read by mandoc; and completion in real shells. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { manPages } from '../src/cli/manual/man-pages.ts';
import { OPTIONS, type OptionRow } from '../src/cli/words/options.ts';
import { VERBS, type VerbRow } from '../src/cli/words/verb-table.ts';
import { aibHome } from '../src/util/files/home.ts';
import { findOnPath } from '../src/util/process/on-path.ts';
import { makeExampleProject } from './example-project.ts';

const folder = mkdtempSync(join(tmpdir(), 'aib-manual-'));
const project = makeExampleProject();
afterAll(() => {
  for (const path of [folder, project]) rmSync(path, { recursive: true, force: true });
});
const pages = manPages('1.2.3');

describe('manual pages', () => {
  test('mandoc has nothing to say about them', context => {
    if (findOnPath('mandoc') === undefined) return context.skip('no mandoc on PATH: ./setup --tests brings it');
    mkdirSync(join(folder, 'man1'));
    for (const [name, page] of pages) writeFileSync(join(folder, 'man1', name), page);
    // The pages refer to one another, and are not installed.
    const { stdout } = spawnSync('mandoc', ['-Tlint', '-Wstyle', ...pages.keys()], {
      cwd: join(folder, 'man1'),
      encoding: 'utf8',
    });
    expect(stdout.split('\n').filter(line => line !== '' && !line.includes('referenced manual not found'))).toEqual([]);
  });

  test.each(Object.entries<VerbRow>(VERBS))('aib-%s(1) has each option and each example', (verb, row) => {
    const page = (pages.get(`aib-${verb}.1`) ?? '').replaceAll('\\-', '-').replaceAll('\\e', '\\');
    for (const name of row.options) {
      const { flag }: OptionRow = OPTIONS[name];
      const [long = ''] = /--[\w-]+/.exec(row.means?.[name]?.flag ?? flag) ?? [];
      expect(page).toContain(`Fl ${long.slice(1)}`);
    }
    for (const example of row.examples) expect(page).toContain(`.Dl ${example.replaceAll('…', '...')}`);
  });
});

/** The line, followed by Tab twice, in a shell that has loaded the script; prints the candidates, one a line. */
const SHELLS: readonly (readonly [string, (line: string) => readonly string[]])[] = [
  [
    'bash',
    line => [
      '-c',
      `source <(aib completion bash); COMP_LINE=$1 COMP_POINT=\${#1}; COMP_WORDBREAKS=$' \\t\\n:='
       compopt() { :; }; _aib; printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      line,
    ],
  ],
  ['fish', line => ['--no-config', '-c', `aib completion fish | source; complete -C "$argv[1]"`, line]],
  [
    'zsh',
    line => [
      '-f',
      '-c',
      `compdef() { :; }; source <(aib completion zsh)
       compadd() { while [[ $1 != -- ]]; do shift; done; shift; print -rl -- "$@"; }; _files() { print FILES; }
       words=(\${(z)1}); [[ $1 == *' ' ]] && words+=(''); CURRENT=$#words; _aib`,
      'zsh',
      line,
    ],
  ],
];

describe.each(SHELLS)('completion in %s', (shell, wordsOf) => {
  const complete = (line: string): readonly string[] => {
    const environment = { ...process.env, PATH: `${aibHome()}:${process.env.PATH}` };
    const { stdout, stderr, status } = spawnSync(shell, wordsOf(line), {
      cwd: project,
      env: environment,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    return stdout.trim().split('\n').sort();
  };

  test('of verbs, options, values, labels and their outputs', context => {
    if (findOnPath(shell) === undefined) return context.skip(`no ${shell} on PATH: ./setup --full brings it`);
    expect(complete('aib expl')).toEqual(['explain']);
    expect(complete('aib build --keep-')).toEqual(['--keep-going']);
    expect(complete('aib graph --output s')).toEqual(['svg']);
    expect(complete('aib build -k //nocloud/')).toEqual(['//nocloud/x86_64/uefi/tiny']);
    // readline replaces only what follows the colon.
    const output = shell === 'bash' ? 'disk' : '//nocloud/x86_64/uefi/tiny:disk';
    expect(complete('aib why //nocloud/x86_64/uefi/tiny:d')).toEqual([output]);
  });
});
