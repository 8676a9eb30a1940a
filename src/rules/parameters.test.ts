import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settingKeys } from '../config/tree/schema.ts';
import type { Input } from '../engine/model/action.ts';
import type { ActionNode, Label } from '../engine/model/graph.ts';
import { type Digest, digestOf } from '../store/content/digest.ts';
import { aibHome } from '../util/home.ts';
import { bootNode } from './kinds/boot.ts';
import { diskNode } from './kinds/disk.ts';
import { imageNode } from './kinds/image.ts';
import { metadataNode } from './kinds/metadata.ts';
import { overlayNode } from './kinds/overlay.ts';
import { packagesNode } from './kinds/packages.ts';
import { toolboxNode } from './kinds/toolbox.ts';
import { packageSet } from './package-set.ts';
import { PARAMETERS } from './parameters.ts';
import { testConfig } from './test-config.ts';

const config = testConfig('scripts = [setup], image_format = vhd');
const from = (output: string) => ({ label: '//x' as Label, output });
const artifact: Input = { type: 'file', digest: digestOf('x') as Digest };
const set = packageSet(config);
if (!set.ok) throw new Error(set.error.what);
const release = { release: '3.20.3', date: '2024-09-06', endOfLife: '2026-04-01' };
const label = '//x' as Label;

const NODES: readonly ActionNode[] = [
  packagesNode({ label, set: set.value, mirror: {} as never, root: { name: 'sample', keys: new Map() } }),
  toolboxNode({ arch: 'x86_64', builder: '3.20', mirror: {} as never, root: { name: 'sample', keys: new Map() } }),
  overlayNode({ label, config, release: '3.20.3', scripts: new Map(), scriptDirs: new Map() }),
  diskNode({
    label,
    config,
    epoch: 1,
    kernel: from('kernel'),
    initramfs: from('initramfs'),
    packages: from('packages'),
    toolbox: from('toolbox'),
    overlay: from('overlay'),
    releaseDate: from('date'),
    guest: from('tree'),
    driver: from('file'),
  }),
  imageNode({ label, config, epoch: 1, disk: from('disk') }),
  bootNode({ label, config, image: from('image'), driver: from('file') }),
  metadataNode({
    ...{ label, config, release, revision: 0, root: 'sample', disk: from('disk'), image: from('image') },
    ...{ installed: from('installed'), sha512: from('sha512'), releaseFacts: from('facts') },
  }),
];

test.each(NODES.map(node => [node.kind, node] as const))(
  'every parameter of a %s node has words for people',
  (_, node) => {
    const inputs = Object.fromEntries(Object.keys(node.inputs).map(name => [name, artifact]));
    const action = node.prepare(inputs, {});
    if (!action.ok) throw new Error(action.error.what);
    const names = Object.keys(action.value.spec.environment);
    expect(names.length).toBeGreaterThan(2);
    expect(names.filter(name => !Object.hasOwn(PARAMETERS, name))).toEqual([]);
  },
);

test('rules that download have words for their parameters, too', () => {
  for (const file of ['index-rule.ts', 'iso.ts', 'firmware.ts']) {
    const text = readFileSync(join(aibHome(), 'src/rules', file), 'utf8');
    const [, parameters = ''] = /parameters: \{([^}]*)\}/.exec(text) ?? [];
    const names = [...parameters.matchAll(/([A-Z][A-Z0-9_]*):/g)].map(match => match[1] ?? '');
    expect(names.length, file).toBeGreaterThan(1);
    expect(names.filter(name => !Object.hasOwn(PARAMETERS, name))).toEqual([]);
  }
});

test('the settings that parameters are said to come from exist', () => {
  const known = settingKeys(new Set());
  const named = Object.values(PARAMETERS).flatMap(({ settings }) => settings);
  expect(named.filter(name => !known.includes(name))).toEqual([]);
});
