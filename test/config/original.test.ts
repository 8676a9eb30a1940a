/**
 * Compares aib's implementation of the dialect with a second one, made of another parser and a new implementation of Alpine's procedure.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHocon } from '../../src/config/hocon/parse.ts';
import { variantRecord } from '../../src/config/image/record.ts';
import { standaloneLayer } from '../../src/config/tree/config-tree.ts';
import { nameVariants } from '../../src/config/tree/label.ts';
import { resolveMatrix } from '../../src/config/tree/variants.ts';
import { readConfiguration, resolveConfigs } from '../../src/rules/project/configuration.ts';
import { originalVariants } from './original-builder.ts';
import { loadElsewhere, type PlainMap, type PlainValue } from './other-parser.ts';

const VERSIONS = ['3.20', '3.19', '3.18', '3.17', 'edge'];
const NOTES = 'https://example.org/notes.html';
const releases = Object.fromEntries(
  VERSIONS.map(version => [version, { release: version === 'edge' ? '20240619' : `${version}.5`, notes: NOTES }]),
);
const known = {
  facts: new Map(
    VERSIONS.map(key => [
      key,
      { ...releases[key], release: releases[key]?.release ?? '', endOfLife: '', sample: false },
    ]),
  ),
  latest: '3.20',
  asOf: '2024-06-19',
};

describe('beside the original builder', () => {
  it('settles all variants of a whole tree alike, key by key', async () => {
    const folder = join(import.meta.dirname, 'matrix');
    const configuration = readConfiguration([standaloneLayer(folder)]);
    if (!configuration.ok) return expect.unreachable(configuration.error.what);
    const configs = resolveConfigs(configuration.value.variants, known);
    const ours = configs.ok ? configs.value.map(variantRecord) : expect.unreachable(configs.error.what);
    const theirs = originalVariants(map(await loadElsewhere(join(folder, 'alpine.conf'), folder)), releases);
    expect(theirs).toHaveLength(198);
    // The only thing in the tree that the original ignores.
    const seen = ({ WHEN, ...rest }: PlainMap): PlainMap => rest;
    const withoutMandatoryWhen = ours.map(record => ({
      ...record,
      kernel_options: [record.kernel_options].flat().filter(option => option !== 'mandatory-when'),
    }));
    for (const [index, record] of theirs.entries()) expect(withoutMandatoryWhen[index]).toMatchObject(seen(record));
  });

  it('settles any small tree alike, in the same order', () => {
    fc.assert(
      fc.property(tree, root => {
        // Required for an image; the original reports their absence only when it builds one.
        const needed = { project: 'p', disk_size: [1] };
        const whole = { ...root, Mandatory: { ...map(root.Mandatory ?? {}), ...needed } };
        const theirs = originalVariants(whole, releases);
        expect(ourVariants(whole)).toEqual(theirs.map(picked));
      }),
      { numRuns: 500 },
    );
  });
});

/** The compared keys; order matters everywhere. */
const KEYS = ['image_key', 'name', 'description', 'motd', 'disk_size', 'scripts', 'repos', 'packages', 'services'];
const MORE = ['kernel_modules', 'kernel_options', 'access', 'ntp_server'];

function picked(record: PlainMap | Readonly<Record<string, unknown>>): string {
  return JSON.stringify([...KEYS, ...MORE].map(key => [key, record[key] ?? null]));
}

function ourVariants(root: PlainMap): readonly string[] {
  const parsed = parseHocon(JSON.stringify(root), 'tree');
  if (!parsed.ok) throw new Error(parsed.error.what);
  const matrix = resolveMatrix(parsed.value);
  if (!matrix.ok) throw new Error(matrix.error.what);
  const configs = resolveConfigs(nameVariants(matrix.value), known);
  if (!configs.ok) throw new Error(`${configs.error.what} ${configs.error.where}`);
  return configs.value.map(config => picked(variantRecord(config)));
}

// -- trees: everything that blocks may contain, except what docs/configuration.md lists under "Where Alpine's builder differs"

const version = fc.constantFrom('3.20', '3.19', 'edge');
const otherKey = fc.constantFrom('x86_64', 'aarch64', 'tiny', 'cloudinit', 'aws', 'gone');
const condition = fc.oneof(
  version,
  otherKey,
  fc.tuple(otherKey, otherKey).map(words => words.join(' ')),
  fc.tuple(version, otherKey).map(words => words.join(' ')),
);
const flag = fc.constantFrom<PlainValue>(true, false, null);
const some = <T>(keys: readonly string[], value: fc.Arbitrary<T>) =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...keys), value), { selector: ([key]) => key, maxLength: keys.length })
    .map(entries => Object.fromEntries(entries));
const texts = (...words: readonly string[]) => fc.array(fc.constantFrom(...words), { maxLength: 2 });
const address = (name: string) => `https://example.org/{version}/${name}`;

const settings = {
  description: texts('a', '{arch}', '{machine}'),
  disk_size: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 2 }),
  scripts: fc.oneof({ weight: 4, arbitrary: texts('s', 't') }, { weight: 1, arbitrary: fc.constant(null) }),
  motd: fc.record(
    {
      one: fc.constantFrom<PlainValue>('text', '{release_notes}', null),
      two: texts('l', 'm'),
      release_notes: fc.constantFrom<PlainValue>('at {release_notes}', null),
    },
    { requiredKeys: [] },
  ),
  repos: some([address('main'), address('more')], fc.constantFrom<PlainValue>(true, false, null, 'tag')),
  packages: some(
    ['p', 'q', 'r'],
    fc.constantFrom<PlainValue>(true, false, null, 'tag', '--no-scripts', '--no-scripts tag'),
  ),
  services: some(['boot', 'default'], some(['one', 'two'], flag)),
  kernel_modules: some(['ena', 'nvme'], flag),
  kernel_options: some(['a=1', 'b=2'], flag),
  access: some(['PUBLIC', '1234'], flag),
  ntp_server: fc.constantFrom<PlainValue>('', '169.254.169.123', '{cloud}'),
  machine: fc.constantFrom<PlainValue>('m', 'n'),
};

const { block } = fc.letrec<{ block: PlainMap; when: PlainMap }>(tie => ({
  block: fc.record(
    {
      ...settings,
      EXCLUDE: fc.constantFrom<PlainValue>([], [], [], ['gone'], ['3.19'], ['aarch64', 'aws']),
      WHEN: tie('when'),
    },
    { requiredKeys: [] },
  ),
  when: fc
    // A reset in a WHEN may get lost there.
    .uniqueArray(fc.tuple(condition, tie('block').map(withoutReset)), {
      selector: ([words]) => words,
      maxLength: 3,
      depthIdentifier: 'when',
    })
    .map(entries => Object.fromEntries(entries)),
}));
const inDimension = (...keys: readonly string[]) =>
  fc.record(
    Object.fromEntries(
      keys.map(key => [
        key,
        fc.tuple(block, fc.boolean()).map(([each, named]) => (named ? { ...each, name: [key] } : each)),
      ]),
    ),
  );
/** Without name and description, because the original replaces those of a version by the release. */
const bare = (...keys: readonly string[]) =>
  fc.record(Object.fromEntries(keys.map(key => [key, block.map(({ description, ...rest }) => rest)])));

const tree: fc.Arbitrary<PlainMap> = fc.record({
  Default: block.map(each => ({ ...each, name: ['{cloud}_x'], machine: 'virtual' })),
  Dimensions: fc.record({
    version: bare('3.20', '3.19', 'edge'),
    arch: inDimension('x86_64', 'aarch64'),
    bootstrap: inDimension('tiny', 'cloudinit'),
    cloud: inDimension('aws', 'gcp'),
  }),
  // The first two must keep their type: a list that stays null stops the original.
  Mandatory: fc.record(
    {
      ...settings,
      scripts: fc.constant(['cleanup']),
      description: fc.constant(['end']),
      name: fc.constant(['r{revision}']),
    },
    { requiredKeys: ['scripts', 'description', 'name'] },
  ),
});

function withoutReset({ scripts, ...rest }: PlainMap): PlainMap {
  return scripts === undefined || scripts === null ? rest : { ...rest, scripts };
}

function map(value: PlainValue | undefined): PlainMap {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as PlainMap;
  return expect.unreachable(JSON.stringify(value));
}
