/** The manual pages, read by mandoc; and completion in real shells. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { manPages } from '../src/cli/manual/man-pages.ts';
import { SHELL_SCRIPTS } from '../src/cli/manual/shell-scripts.ts';
import { VARIANT_OUTPUTS } from '../src/cli/verbs/completion.ts';
import { OPTIONS, type OptionRow } from '../src/cli/words/options.ts';
import { VERBS, type VerbRow } from '../src/cli/words/verb-table.ts';
import { OUTPUTS } from '../src/query/graph/answer-forms.ts';
import { PICTURE_FORMS } from '../src/report/graph/pictures.ts';
import type { Kind } from '../src/rules/kind.ts';
import { KINDS } from '../src/rules/kinds/kind-table.ts';
import { SBOM_FORMS } from '../src/rules/kinds/sbom.ts';
import { aibHome } from '../src/util/files/home.ts';
import { findOnPath } from '../src/util/process/on-path.ts';
import { RUNS, VARIATIONS } from '../src/verify/rebuild/variations.ts';
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

test('completion offers every value that a verb accepts, and no other', () => {
  const kinds = Object.entries<Kind>(KINDS).flatMap(([name, { shared }]) => (shared ? [] : [name]));
  const offered: readonly (readonly [readonly string[], readonly string[]])[] = [
    [VARIANT_OUTPUTS, [...kinds, '*']],
    [OPTIONS.vary.values, [...RUNS, ...VARIATIONS]],
    [VERBS.query.means.output.values, [...Object.keys(OUTPUTS), ...PICTURE_FORMS]],
    [VERBS.graph.means.output.values, PICTURE_FORMS],
    [VERBS.sbom.means.output.values, ['table', ...SBOM_FORMS]],
    [VERBS.completion.completes, Object.keys(SHELL_SCRIPTS)],
  ];
  for (const [some, all] of offered) expect(some.toSorted()).toEqual(all.toSorted());
});

/** In the shell, `aib` prints its words; the script calls the command of this name. */
const SHOW = "aib() { printf 'words:'; printf ' <%s>' \"$@\"; echo; }";

/** What a person types into these shells, on a terminal: the line, Tab, and Enter. */
const TERMINALS: Readonly<Record<string, { readonly start: string; readonly rc: string; readonly text: string }>> = {
  bash: { start: `bash --rcfile '${folder}/.bashrc' -i`, rc: '.bashrc', text: 'source <(command aib completion bash)' },
  zsh: {
    start: `ZDOTDIR='${folder}' zsh --no-globalrcs -i`,
    rc: '.zshrc',
    text: 'autoload -U compinit; compinit -u -D; source <(command aib completion zsh)',
  },
};

const environment = { ...process.env, PATH: `${aibHome()}:${process.env.PATH}`, TERM: 'dumb', HISTFILE: '' };

/** The words of each command after Tab, as the shell passes them. */
function typed(shell: string, lines: readonly string[]): readonly (readonly string[])[] {
  const { start, rc, text } = TERMINALS[shell] ?? { start: '', rc: '', text: '' };
  writeFileSync(join(folder, rc), `${text}\n${SHOW}\n`);
  const { stdout } = spawnSync('script', ['-qec', start, '/dev/null'], {
    cwd: project,
    env: environment,
    encoding: 'utf8',
    input: [...lines.map(line => `${line}\t\n`), 'exit\n'].join(''),
    timeout: 50_000,
  });
  return [...stdout.matchAll(/^words:(.*)\r$/gm)].map(([, shown = '']) =>
    [...shown.matchAll(/<([^>]*)>/g)].map(([, word = '']) => word),
  );
}

/** fish completes without a terminal, too. */
function offered(line: string): readonly string[] {
  const words = ['--no-config', '-c', `aib completion fish | source; complete -C "$argv[1]"`, line];
  const { stdout, stderr, status } = spawnSync('fish', words, { cwd: project, env: environment, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trim().split('\n').sort();
}

const TINY = '//nocloud/x86_64/uefi/tiny';

/** A line, and the words that Tab makes of it. */
const COMPLETED: readonly (readonly [string, readonly string[]])[] = [
  ['aib expl', ['explain']],
  ['aib build --keep-', ['build', '--keep-going']],
  ['aib graph --output s', ['graph', '--output', 'svg']],
  ['aib graph --output=s', ['graph', '--output=svg']],
  ['aib build -k //noc', ['build', '-k', TINY]],
  // readline splits words at these characters.
  [`aib why ${TINY}:d`, ['why', `${TINY}:disk`]],
  [`aib why ${TINY}@3.1`, ['why', `${TINY}@3.19`]],
  [`aib why ${TINY}@3.20:d`, ['why', `${TINY}@3.20:disk`]],
  ["aib why '//noc", ['why', TINY]],
  [`aib why "${TINY}:d`, ['why', `${TINY}:disk`]],
  ['aib --cache /tmp expl', ['--cache', '/tmp', 'explain']],
  ['aib owner scripts/setup-', ['owner', 'scripts/setup-tiny']],
];

describe.each(['bash', 'zsh'])('completion in %s', shell => {
  test('of verbs, options, values, labels and files, as they are typed', context => {
    for (const [tool, tier] of [
      [shell, '--full'],
      ['script', '--tests'],
    ] as const)
      if (findOnPath(tool) === undefined) return context.skip(`no ${tool} on PATH: ./setup ${tier} brings it`);
    const lines = COMPLETED.map(([line]) => line);
    const words = typed(shell, lines);
    expect(Object.fromEntries(lines.map((line, index) => [line, words[index]]))).toEqual(Object.fromEntries(COMPLETED));
  });
});

describe('completion in fish', () => {
  test('of verbs, options, values, labels and files', context => {
    if (findOnPath('fish') === undefined) return context.skip('no fish on PATH: ./setup --full brings it');
    for (const [line, words] of COMPLETED) expect(offered(line), line).toContain(words.at(-1));
  });
});
