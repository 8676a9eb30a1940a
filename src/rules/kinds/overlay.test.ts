import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { edge, label, makeRig } from '../../../test/engine/rig.ts';
import { unpackTar } from '../../formats/tar.ts';
import { testConfig } from '../test-config.ts';
import { overlayNode } from './overlay.ts';
import { sourceNode } from './source.ts';

it('keeps the links of a script folder as links, and holds nothing of what lies outside of it', async () => {
  const rig = makeRig();
  const folder = join(rig.folder, 'data');
  mkdirSync(join(folder, 'sub'), { recursive: true });
  writeFileSync(join(folder, 'sub/file'), 'inside');
  writeFileSync(join(rig.folder, 'secret'), 'of the host');
  const links = {
    absolute: join(rig.folder, 'secret'),
    dangling: '/etc/only-in-the-image',
    inside: 'sub/file',
    outside: '../secret',
    'sub/folder': '..',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(folder, name));
  const nodes = [
    sourceNode({ label: label('data'), path: folder }),
    overlayNode({
      label: label('overlay'),
      config: testConfig('scripts = [setup]'),
      release: '3.20.3',
      scripts: new Map(),
      scriptDirs: new Map([['data', edge('data', 'tree')]]),
    }),
  ];
  const built = await rig.build(nodes, [], { targets: [{ label: label('overlay'), outputs: ['overlay'] }] });
  const digest = built.outputs.get(label('overlay'))?.overlay?.digest ?? expect.unreachable();
  const bytes = await rig.store.blobs.read(digest);
  const entries = (await unpackTar(bytes)).filter(({ path }) => path.startsWith('data/'));
  const found = entries.flatMap(({ path, linkTarget }) => (linkTarget === undefined ? [] : [[path, linkTarget]]));
  expect(Object.fromEntries(found)).toEqual(
    Object.fromEntries(Object.entries(links).map(([name, target]) => [`data/${name}`, target])),
  );
  expect(entries.find(({ path }) => path === 'data/sub/file')?.content?.toString()).toBe('inside');
  expect(bytes.includes('of the host')).toBe(false);
});
