/**
 * Compares aib's answers with those of Bazel's `query`, over the same generated graphs. Takes about half a minute if Bazel is installed.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OUTPUTS } from '../src/query/graph/answer-forms.ts';
import { worldOfEdges } from '../src/query/graph/test-world.ts';
import { evaluateQuery } from '../src/query/language/evaluate.ts';
import { removeTree } from '../src/util/files/remove-tree.ts';

// Not `query`, which starts a server; a wrapper that would have to download Bazel fails here as well.
const version = spawnSync('bazel', ['--version'], { encoding: 'utf8' });
const missing = version.status === 0 ? undefined : 'no bazel on PATH: ./setup --full brings it';

/** Milliseconds for one call: the first call starts a Java machine and reads all packages. A longer call is ended, and its test fails. */
const PATIENCE = 120_000;

let folder = '';

beforeAll(() => {
  if (missing !== undefined) return;
  folder = mkdtempSync(join(tmpdir(), 'aib-bazel-'));
  writeFileSync(join(folder, 'WORKSPACE'), '');
});

afterAll(async () => {
  if (missing !== undefined) return;
  try {
    bazel('shutdown');
  } finally {
    await removeTree(folder);
  }
}, 2 * PATIENCE);

describe.each([1_000, 10_000])('on a graph of %i nodes', { tags: ['full'] }, size => {
  const name = `//g${size}`;
  const { edges, kinds, build } = randomGraph(name, size);
  beforeAll(() => {
    if (missing !== undefined) return;
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'BUILD'), build);
  });
  const world = worldOfEdges(edges, label => kinds.get(label) ?? '');

  /** `ALL` means every node, in the syntax of each tool. */
  const ours = (text: string, output: 'label' | 'maxrank'): readonly string[] => {
    const nodes = evaluateQuery(text.replaceAll('ALL', '//...'), world);
    if (!nodes.ok) throw new Error(nodes.error.what);
    const rendered = OUTPUTS[output]({ world, nodes: nodes.value, filesOf: () => [] });
    return rendered.type === 'lines' ? [...rendered.lines].sort() : [];
  };
  const theirs = (text: string, output: 'label' | 'maxrank'): readonly string[] => {
    const order = output === 'label' ? ['--order_output=no'] : [];
    const words = [
      '--noimplicit_deps',
      '--notool_deps',
      ...order,
      `--output=${output}`,
      text.replaceAll('ALL', `${name}:all`),
    ];
    const lines = bazel('query', ...words).split('\n');
    return lines.filter(line => line !== '').sort();
  };
  const [top = '', low = '', lower = ''] = [size / 100, size / 2, size - 10].map(node => `${name}:n-${node}`);

  test('Bazel and we give the same nodes', context => {
    if (missing !== undefined) context.skip(missing);
    const answers = [
      'ALL',
      `deps(${top})`,
      `deps(${top}, 2)`,
      `deps(set(${top} ${low}), 1) - ${low}`,
      `rdeps(ALL, ${lower})`,
      `rdeps(ALL, ${lower}, 2)`,
      `rdeps(${top}, ${lower})`,
      `rdeps(deps(${low}), ${lower}, 1)`,
      `allpaths(${top}, ${lower})`,
      `allpaths(${lower}, ${top})`,
      `kind("^genrule", deps(${top}))`,
      'filter("7$", ALL)',
      `deps(${top}) ^ rdeps(ALL, ${lower}) + ${low} - kind(filegroup, ALL)`,
      `let x = deps(${low}) in $x - kind(genrule, $x)`,
      `${top} + ${low} ^ ${low} union ${lower} except ${low}`,
      'set()',
    ].map(text => ({ text, ours: ours(text, 'label'), theirs: theirs(text, 'label') }));
    for (const answer of answers) expect(answer.ours, answer.text).toEqual(answer.theirs);
    // If all answers were empty or the whole graph, the comparison would prove nothing.
    expect(new Set(answers.map(answer => answer.ours.length)).size).toBeGreaterThan(6);
  }, 300_000);

  test('Bazel and we find a path in the same cases', context => {
    if (missing !== undefined) context.skip(missing);
    const pairs = [
      [top, lower],
      [lower, top],
      [top, top],
      [low, lower],
    ] as const;
    const found = pairs.map(([from, to]) => {
      const text = `somepath(${from}, ${to})`;
      const [mine, other] = [ours(text, 'label'), theirs(text, 'label')];
      for (const path of [mine, other]) if (path.length > 0) expect(path).toEqual(expect.arrayContaining([from, to]));
      expect(mine.length > 0, text).toBe(other.length > 0);
      return mine.length > 0;
    });
    expect(new Set(found)).toEqual(new Set([true, false]));
  }, 300_000);

  test('Bazel and we give each node the same rank', context => {
    if (missing !== undefined) context.skip(missing);
    const text = `deps(${top})`;
    expect(ours(text, 'maxrank')).toEqual(theirs(text, 'maxrank'));
    expect(ours(text, 'maxrank').some(line => /^[1-9]/.test(line))).toBe(true);
  }, 300_000);
});

/**
 * Does not use the user's files (the system's rc file contains the place of Debian's Bazel), works without the network, and ends soon after
 * a killed test.
 */
function bazel(...words: readonly string[]): string {
  const startup = [
    '--nohome_rc',
    '--max_idle_secs=60',
    '--host_jvm_args=-XX:TieredStopAtLevel=1',
    `--output_user_root=${join(folder, 'out')}`,
  ];
  const { status, stdout, stderr, error } = spawnSync('bazel', [...startup, ...words], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, HOME: join(folder, 'home') },
    maxBuffer: 1 << 26,
    timeout: PATIENCE,
  });
  if (error !== undefined) throw new Error(`bazel ${words.join(' ')}`, { cause: error });
  if (status !== 0) throw new Error(`bazel ${words.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Each node depends on up to three of the next two hundred nodes; the graph for a size is always the same. */
function randomGraph(name: string, size: number) {
  const edges = new Map<string, readonly string[]>();
  const kinds = new Map<string, string>();
  const rules: string[] = [];
  let state = size;
  const random = (below: number): number => {
    // A linear congruential generator; its high bits are good enough here.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let node = 0; node < size; node += 1) {
    const targets = new Set(
      Array.from({ length: 1 + random(3) }, () => node + 1 + random(200)).filter(each => each < size),
    );
    const isGenrule = random(3) === 0;
    edges.set(
      `${name}:n-${node}`,
      [...targets].map(target => `${name}:n-${target}`),
    );
    kinds.set(`${name}:n-${node}`, isGenrule ? 'genrule' : 'filegroup');
    const srcs = `srcs = [${[...targets].map(target => `":n-${target}"`).join(', ')}]`;
    rules.push(
      isGenrule
        ? `genrule(name = "n-${node}", ${srcs}, outs = ["o-${node}"], cmd = "true")`
        : `filegroup(name = "n-${node}", ${srcs})`,
    );
  }
  return { edges, kinds, build: `${rules.join('\n')}\n` };
}
