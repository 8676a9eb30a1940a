/** Sources that are edited while a build runs: the result is correct for what was read, and the edit is reported. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourceNode } from '../../src/rules/kinds/source.ts';
import { type Built, edge, label, makeRig, type Rig, reopen, shell } from './rig.ts';

/** Builds source ──► copy, and changes the source while the action runs; the action reads its copy only afterwards. */
async function buildWhile(rig: Rig, edit: () => void): Promise<Built> {
  const go = join(rig.folder, 'go');
  rmSync(go, { force: true });
  const script = `echo "aib: ready"; while [ ! -e '${go}' ]; do sleep 0.01; done; cat in > out`;
  return rig.build([rig.source('source', 'before'), shell('copy', script, { in: edge('source', 'file') })], ['copy'], {
    emit: event => {
      if (event.type !== 'progress') return;
      edit();
      writeFileSync(go, '');
    },
  });
}

const said = (built: Built) => built.events.flatMap(event => (event.type === 'edited' ? [event.label] : []));

describe('a source that is edited while its user runs', () => {
  it('does not reach that action, and is named at the end', async () => {
    const rig = makeRig();
    const built = await buildWhile(rig, () => rig.write('source', 'after'));
    expect(await rig.text(built, 'copy')).toBe('before');
    expect(built.status).toBe('done');
    expect(said(built)).toEqual([label('source')]);
    expect(built.edited).toEqual([label('source')]);
    expect(built.events.at(-1)).toMatchObject({ type: 'finished' });
  });

  it('is built as it is then by the next build, and what was built before is found when it is put back', async () => {
    const rig = makeRig();
    await buildWhile(rig, () => rig.write('source', 'after'));
    const copy = shell('copy', 'cat in > out', { in: edge('source', 'file') });
    const next = await rig.build([rig.source('source', 'after'), copy], ['copy']);
    expect([next.started, await rig.text(next, 'copy'), said(next)]).toEqual([['//copy'], 'after', []]);
    await buildWhile(rig, () => expect.unreachable('the record of the old key is right for the old bytes'));
  });

  it('and put back before the end was not edited; nor is one that was only touched, or replaced by its like', async () => {
    for (const edit of [
      (rig: Rig) => {
        rig.write('source', 'after');
        rig.write('source', 'before');
      },
      (rig: Rig) => {
        rig.write('new', 'before');
        renameSync(join(rig.folder, 'new'), join(rig.folder, 'source'));
      },
    ]) {
      const rig = makeRig();
      expect(said(await buildWhile(rig, () => edit(rig)))).toEqual([]);
    }
  });

  it('is named when it is gone, and when the build failed', async () => {
    const rig = makeRig();
    expect(said(await buildWhile(rig, () => rmSync(join(rig.folder, 'source'))))).toEqual([label('source')]);
    const nodes = [rig.source('source', 'before'), shell('bad', 'exit 1', { in: edge('source', 'file') })];
    const failed = await rig.build(nodes, ['bad'], {
      emit: event => event.type === 'failed' && rig.write('source', 'after'),
    });
    expect([failed.status, said(failed)]).toEqual(['failed', [label('source')]]);
  });
});

it('a folder to which something is added while its user runs is named', async () => {
  const rig = makeRig();
  const folder = join(rig.folder, 'tree');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a'), '');
  const nodes = [
    sourceNode({ label: label('tree'), path: folder }),
    shell('list', 'ls in > out', { in: edge('tree', 'tree') }),
  ];
  const built = await rig.build(nodes, ['list'], {
    emit: event => event.type === 'running' && writeFileSync(join(folder, 'b'), ''),
  });
  expect(await rig.text(built, 'list')).toBe('a\n');
  expect(said(built)).toEqual([label('tree')]);
  const store = reopen(rig.store.folder);
  const next = await rig.build(nodes, ['list'], { store });
  expect(await rig.text(next, 'list')).toBe('a\nb\n');
  store.close();
});
