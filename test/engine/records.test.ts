/** A record contains enough of an action to run it again, and to send its outputs elsewhere. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { decodeAction } from '../../src/engine/model/decode-action.ts';
import { grantsFor } from '../../src/engine/run/grants.ts';
import { localRunner } from '../../src/engine/run/local-runner.ts';
import type { Sha256 } from '../../src/store/content/digest.ts';
import { edge, label, makeRig, shell } from './rig.ts';

const SCRIPT =
  'mkdir -p out/sub; cp in/text out/sub/text; ln -s sub/text out/link; printf "#!/bin/sh\\n" > tool; chmod 755 tool';
const OUTPUTS = { out: { type: 'directory', path: 'out' }, tool: { type: 'file', path: 'tool' } } as const;

it('is run again from its record alone, and gives what it gave', async () => {
  const rig = makeRig();
  const nodes = [
    shell('folder', 'mkdir out; printf text > out/text', {}, { outputs: { out: { type: 'directory', path: 'out' } } }),
    shell('made', SCRIPT, { in: edge('folder') }, { outputs: OUTPUTS }),
  ];
  await rig.build(nodes, [], { targets: [{ label: label('made'), outputs: ['out', 'tool'] }] });
  const record = rig.store.records.latest('//made') ?? expect.unreachable();
  expect(record.sort).toBe('command');
  const spec = decodeAction(record.messages ?? expect.unreachable()) ?? expect.unreachable();
  const context = {
    key: record.key,
    grants: grantsFor({ sort: 'command', spec, resources: {} }),
    resources: {},
    signal: new AbortController().signal,
    log: () => {},
    progress: () => {},
  };
  const again = await localRunner(rig.store).execute(spec, context);
  const outputs = again.ok ? again.value.outputs : expect.unreachable(again.error.what);
  expect(outputs.out?.digest).toEqual(record.outputs.out?.digest);
  expect(outputs.tool?.digest).toEqual(record.outputs.tool?.digest);
});

it('keeps the executable bit of a file, and the digest of a folder as a tree', async () => {
  const rig = makeRig();
  const nodes = [
    shell(
      'made',
      'mkdir -p out/sub in; printf text > out/sub/text; printf x > tool; chmod 755 tool',
      {},
      { outputs: OUTPUTS },
    ),
    shell('user', 'in > out', { in: edge('made', 'tool') }),
    shell('plain', 'printf "#!/bin/sh\\necho ran\\n" > out'),
  ];
  const built = await rig.build(nodes, [], {
    targets: ['made', 'plain'].map(name => ({ label: label(name), outputs: ['out'] })),
  });
  expect(built.status).toBe('done');
  const { out, tool } = rig.store.records.latest('//made')?.outputs ?? {};
  expect([tool?.executable, rig.store.records.latest('//plain')?.outputs.out?.executable]).toEqual([true, undefined]);
  // Written by hand from the message definitions: Tree { root = 1, children = 2 }.
  const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex') as Sha256;
  const field = (number: number, bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from([number * 8 + 2, bytes.byteLength]), bytes]);
  const digest = (bytes: Buffer): Buffer =>
    Buffer.concat([field(1, Buffer.from(hashOf(bytes))), Buffer.from([2 * 8, bytes.byteLength])]);
  const node = (name: string, bytes: Buffer): Buffer =>
    Buffer.concat([field(1, Buffer.from(name)), field(2, digest(bytes))]);
  const sub = field(1, node('text', Buffer.from('text')));
  const root = field(2, node('sub', sub));
  const tree = Buffer.concat([field(1, root), field(2, sub)]);
  expect(out?.digest.hash).toBe(hashOf(root));
  expect(out?.tree).toEqual({ hash: hashOf(tree), size: tree.byteLength });
});
