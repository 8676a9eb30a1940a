import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { findWorkspace } from '../src/config/workspace/workspace.ts';
import { isOutputName, OUTPUTS } from '../src/query/graph/answer-forms.ts';
import { projectWorld } from '../src/query/graph/project-world.ts';
import { evaluateQuery } from '../src/query/language/evaluate.ts';
import { FUNCTION_NAMES } from '../src/query/language/signatures.ts';
import { draw, isPictureForm, PICTURE_FORMS } from '../src/report/graph/pictures.ts';
import { columns } from '../src/report/text/columns.ts';
import { loadProject } from '../src/rules/project/project.ts';
import type { Sha256 } from '../src/store/content/digest.ts';
import { lockStore, openStore } from '../src/store/store.ts';
import { formatFailure } from '../src/util/failure.ts';
import { aibHome } from '../src/util/files/home.ts';
import { makeExampleProject } from './example-project.ts';
import { runAib } from './run-aib.ts';

const folder = makeExampleProject();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DISK = '//aws/x86_64/uefi/tiny@3.20:disk';

async function exampleWorld() {
  const workspace = findWorkspace(folder);
  if (!workspace.ok) throw new Error(formatFailure(workspace.error));
  const project = await loadProject(workspace.value, {
    today: () => expect.unreachable('a question reads the clock'),
    signal: new AbortController().signal,
    onNotice: () => {},
  });
  if (!project.ok) throw new Error(formatFailure(project.error));
  return projectWorld(project.value);
}

const world = await exampleWorld();

/** The output of aib. */
function printed(text: string, output = 'label'): string {
  const nodes = evaluateQuery(text, world);
  if (!nodes.ok) return `aib: ${formatFailure(nodes.error)}`;
  if (!isOutputName(output)) throw new Error(`no output ${output}`);
  const rendered = OUTPUTS[output]({ world, nodes: nodes.value, filesOf: () => [] });
  return [...(rendered.type === 'lines' ? rendered.lines : columns(rendered.rows))].join('\n');
}

/** The same for `graph`, and for a query with one of its forms. */
async function drawn(text: string, output: string, factored: boolean): Promise<string> {
  const nodes = evaluateQuery(text, world);
  if (!nodes.ok) return `aib: ${formatFailure(nodes.error)}`;
  if (!isPictureForm(output)) throw new Error(`no picture ${output}`);
  const lines = await draw(output, { world, nodes: nodes.value, title: text, factored, by: [], madeBy: () => ({}) });
  if (!lines.ok) throw new Error(formatFailure(lines.error));
  return [...lines.value].join('\n');
}

describe('docs/query.md and docs/graph.md', () => {
  const lines = ['query', 'graph'].flatMap(name =>
    readFileSync(join(aibHome(), `docs/${name}.md`), 'utf8').split('\n'),
  );
  const examples = lines.flatMap((line, index) => {
    const [, verb, text, output = 'label'] = /^ {4}\$ aib (query|graph) '(.*)'(?: --output (\w+))?$/.exec(line) ?? [];
    if (verb === undefined || text === undefined) return [];
    const rest = lines.slice(index + 1);
    const end = rest.findIndex(each => !each.startsWith('    ') || each.startsWith('    $'));
    return [
      {
        verb,
        text,
        output,
        expected: rest
          .slice(0, end)
          .map(each => each.slice(4))
          .join('\n'),
      },
    ];
  });

  test.each(examples)('says what comes of $verb $text as $output', async ({ verb, text, output, expected }) => {
    const isPicture = isPictureForm(output);
    expect(isPicture ? await drawn(text, output, verb === 'graph') : printed(text, output)).toBe(expected);
  });

  test('has an example of each function, operator and output, and takes no line for something else', () => {
    expect(examples).toHaveLength(lines.filter(line => /^ {4}\$ aib (query|graph) '/.test(line)).length);
    const all = examples.map(({ text }) => text).join('\n');
    for (const name of FUNCTION_NAMES) expect(all).toMatch(new RegExp(`\\b${name}\\(`));
    for (const word of [' + ', ' ^ ', ' - ', 'set(', 'let ']) expect(all).toContain(word);
    // `files` needs built nodes, and the last two are not readable text.
    const shown = new Set([...examples.map(({ output }) => output), 'files', 'svg', 'html']);
    expect(shown).toEqual(new Set([...Object.keys(OUTPUTS), ...PICTURE_FORMS]));
  });
});

describe('words', () => {
  test.each([
    ['//package/v3.20/main/x86_64/mu*', ['musl']],
    ['//package/v3.20/*/x86_64/*-libs-1*r0', ['openssl-libs']],
    ['//package/.../mu*l-*', ['musl', 'musl']],
    ['//package/.../x86_64/.../musl-1.0-r0', ['musl', 'musl']],
  ])('of shared nodes: %s', (pattern, names) => {
    const labels = printed(pattern).split('\n');
    expect(labels.map(label => label.replace(/^.*\/(.*)-1\.0-r0$/, '$1'))).toEqual(names);
  });

  test.each(['//package/v3.20/.../musl*l-1.0-r0', '//package/.../x86_64', '//package/v3.20/*/musl-1.0-r0'])(
    'of shared nodes: %s is none',
    pattern => expect(evaluateQuery(pattern, world)).toMatchObject({ error: { code: 'AIB_NO_SUCH_LABEL' } }),
  );

  test('everything is every node of every version, each once', () => {
    const labels = printed('//...').split('\n');
    expect(labels).toHaveLength(world.graph.nodes.length);
    expect(new Set(labels).size).toBe(labels.length);
    for (const label of ['//release/3.19', '//iso/3.20/x86_64', DISK]) expect(labels).toContain(label);
  });

  test.each([
    ['//aws/x86_64/uefi/tiny:dsk', 'AIB_NO_SUCH_OUTPUT', ':boot :metadata :sbom :image :disk :packages :overlay'],
    ['//iso/3.20/aarch64', 'AIB_NO_SUCH_LABEL', 'did you mean //iso/3.20/x86_64?'],
    ['//source/scripts/setpu', 'AIB_NO_SUCH_LABEL', 'did you mean //source/scripts/setup or'],
    ['//gcp/...', 'AIB_NO_SUCH_LABEL', 'aib ls'],
    ['//aws/...@3.18', 'AIB_NO_SUCH_LABEL', '@3.20'],
    ['aws', 'AIB_LABEL_SYNTAX', '//cloud/arch/firmware/bootstrap'],
  ])('%s means nothing, and brings advice', (text, code, hint) => {
    const result = evaluateQuery(`//iso/3.20/x86_64 + ${text}`, world);
    expect(result).toMatchObject({
      error: { code, where: 'column 21 of the query', hint: expect.stringContaining(hint) },
    });
  });
});

describe('attributes', () => {
  const disks = (text: string): string => printed(`${text} ^ //...:disk`).replaceAll(/\/x86_64|\/tiny@3.20:disk/g, '');

  test.each([
    ['a fact', 'attr(cloud, nocloud)', '//nocloud/uefi'],
    ['a single setting', 'attr(image_format, "^vhd$")', '//aws/bios\n//aws/uefi'],
    ['an item of a list', 'attr(disk_size, "^4$")', '//aws/bios\n//aws/uefi'],
    ['not a list as a whole', 'attr(disk_size, "126.*4")', ''],
    ['an entry of a map', 'attr(packages, "^sudo = false$")', '//aws/bios\n//aws/uefi\n//nocloud/uefi'],
    [
      'an entry of a map in a map',
      'attr(services, "^default.chronyd = true$")',
      '//aws/bios\n//aws/uefi\n//nocloud/uefi',
    ],
    ['a value inside maps', 'attr(services.default.chronyd, true)', '//aws/bios\n//aws/uefi\n//nocloud/uefi'],
    ['a key with dots in it', 'attr("kernel_options.nvme_core.io_timeout=4294967295", true)', '//aws/bios\n//aws/uefi'],
    ['something nested that no variant has', 'attr(packages.emacs, true)', ''],
    ['a placeholder, as it is written', 'attr(name, "^.release.$", //aws/...:disk)', '//aws/bios\n//aws/uefi'],
  ])('%s: %s', (_, text, expected) => {
    expect(disks(text)).toBe(expected);
  });

  test('of shared nodes, the words of their labels', () => {
    expect(printed('attr(repository, community) + attr(version, 3.19, //release/...)')).toBe(
      '//index/3.20/x86_64/community\n//release/3.19',
    );
  });

  test('a name that nothing has is a mistake, and brings near ones', () => {
    expect(evaluateQuery('attr(disc_size, 4)', world)).toMatchObject({
      error: { code: 'AIB_NO_SUCH_ATTRIBUTE', hint: 'did you mean disk_size?' },
    });
  });
});

describe('aib query', () => {
  const aib = (...words: readonly string[]) => runAib(folder, words);

  // The first test, because tests below create a store.
  test('answers from lock and configuration alone: no mirror is asked, no store made', async () => {
    const ended = await aib('query', 'kind(disk,', '//aws/...@all:*)', '--output', 'files');
    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await aib('query', 'kind(disk,', '//aws/...:*)')).toMatchObject({
      code: 0,
      stdout: `//aws/x86_64/bios/tiny@3.20:disk\n${DISK}\n`,
    });
    expect(existsSync(join(folder, '.cache'))).toBe(false);
  });

  test('shows mistakes in the expression, in a label and in the form, with exit status 2', async () => {
    const [syntax, label, form] = await Promise.all([
      aib('query', 'deps(//iso/3.20/x86_64'),
      aib('query', 'deps(//nothing)'),
      aib('query', '//...', '--output', 'xml'),
    ]);
    expect(syntax).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('column 23') });
    expect(label).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('AIB_NO_SUCH_LABEL') });
    expect(form).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('label | kind | json') });
  });

  test('names the files of what was built, and waits for no build', async () => {
    const opened = openStore(join(folder, '.cache'), { now: Date.now, onNotice: () => {} });
    if (!opened.ok) throw new Error(formatFailure(opened.error));
    const store = opened.value;
    onTestFinished(() => store.close());
    const digest = store.blobs.putBytes('a disk');
    const gone = { hash: 'f'.repeat(64) as Sha256, size: 1 };
    const outputs = {
      disk: { type: 'file', path: 'disk.raw', digest },
      installed: { type: 'file', path: 'installed', digest: gone },
    } as const;
    store.records.commit({ key: 'a'.repeat(64) as Sha256, label: DISK, kind: 'disk', outputs }, 0);
    const lock = await lockStore(
      store.folder,
      { pid: process.pid, command: 'a build' },
      { onWait: () => {}, signal: new AbortController().signal },
    );
    onTestFinished(() => lock.release());
    const ended = await aib('query', 'kind(disk)', '--output', 'files');
    expect(ended).toEqual({ code: 0, stdout: `${store.blobs.path(digest)}\n`, stderr: '' });
  });
});
