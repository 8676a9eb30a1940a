import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { edge, label, makeRig, shell } from '../../../test/engine/rig.ts';
import { filesNode, sourceNode } from './source.ts';

describe('a source', () => {
  it('that is a folder reaches an action with its executables and symlinks, and runs it again only for what counts', async () => {
    const rig = makeRig();
    const folder = join(rig.folder, 'scripts');
    mkdirSync(join(folder, 'sub'), { recursive: true });
    writeFileSync(join(folder, 'sub/tool'), '#!/bin/sh\necho made\n');
    chmodSync(join(folder, 'sub/tool'), 0o755);
    symlinkSync('sub/tool', join(folder, 'link'));
    const nodes = [
      sourceNode({ label: label('scripts'), path: folder }),
      shell('made', 'in/link > out', { in: edge('scripts', 'tree') }),
    ];
    expect(await rig.text(await rig.build(nodes, ['made']), 'made')).toBe('made\n');
    expect((await rig.build(nodes, ['made'])).started).toEqual([]);
    writeFileSync(join(folder, 'new'), '');
    expect((await rig.build(nodes, ['made'])).started).toEqual(['//made']);
  });

  it('that is a link to a folder is that folder, and another one when the link leads elsewhere', async () => {
    const rig = makeRig();
    for (const name of ['one', 'two']) {
      mkdirSync(join(rig.folder, name));
      rig.write(`${name}/file`, `${name}\n`);
    }
    const link = join(rig.folder, 'data');
    symlinkSync('one', link);
    const nodes = [
      sourceNode({ label: label('data'), path: link }),
      shell('made', 'cat in/file > out', { in: edge('data', 'tree') }),
    ];
    expect(await rig.text(await rig.build(nodes, ['made']), 'made')).toBe('one\n');
    rmSync(link);
    symlinkSync('two', link);
    expect(rig.store.sources.hasMoved()).toBe(true);
    expect(await rig.text(await rig.build(nodes, ['made']), 'made')).toBe('two\n');
  });

  it('that is a link to nothing is a failure with its path', async () => {
    const rig = makeRig();
    const path = join(rig.folder, 'dangling');
    symlinkSync('nowhere', path);
    const built = await rig.build([sourceNode({ label: label('gone'), path })], [], {
      targets: [{ label: label('gone'), outputs: [] }],
    });
    expect(built.failures.get(label('gone'))).toMatchObject({ code: 'AIB_SOURCE', where: path });
  });

  it('that cannot be read is a failure with its path', async () => {
    const rig = makeRig();
    const built = await rig.build([sourceNode({ label: label('gone'), path: '/nowhere/at/all' })], [], {
      targets: [{ label: label('gone'), outputs: [] }],
    });
    expect(built.failures.get(label('gone'))).toMatchObject({ code: 'AIB_SOURCE', where: '/nowhere/at/all' });
  });
});

it('a pipe is no source, and nobody waits for what it may bring', async () => {
  const rig = makeRig();
  const path = join(rig.folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const built = await rig.build([sourceNode({ label: label('pipe'), path })], [], {
    targets: [{ label: label('pipe'), outputs: [] }],
  });
  expect(built.failures.get(label('pipe'))).toMatchObject({ code: 'AIB_SOURCE', where: path, got: 'it is a pipe' });
});

it.each([
  ['a pipe', (folder: string) => execFileSync('mkfifo', [join(folder, 'odd')]), 'odd is a device, a pipe or a socket'],
  [
    'a name that is no text',
    (folder: string) => writeFileSync(Buffer.concat([Buffer.from(`${folder}/odd`), Buffer.from([0xff])]), ''),
    'odd\ufffd has a name that is not UTF-8',
  ],
])('a folder with %s is no source', async (_, put, got) => {
  const rig = makeRig();
  const path = join(rig.folder, 'tree');
  mkdirSync(path);
  put(path);
  const node = sourceNode({ label: label('tree'), path });
  const built = await rig.build([node], [], { targets: [{ label: label('tree'), outputs: [] }] });
  expect(built.failures.get(label('tree'))).toMatchObject({ code: 'AIB_SOURCE', where: path, got });
});

it('single files stand in for the outputs of another kind', async () => {
  const rig = makeRig();
  rig.write('code.fd', 'code');
  rig.write('vars.fd', 'vars');
  const files = { code: join(rig.folder, 'code.fd'), vars: join(rig.folder, 'vars.fd') };
  const nodes = [
    filesNode({ label: label('firmware'), kind: 'firmware', files }),
    shell('both', 'cat code vars > out', { code: edge('firmware', 'code'), vars: edge('firmware', 'vars') }),
  ];
  expect(await rig.text(await rig.build(nodes, ['both']), 'both')).toBe('codevars');
});
