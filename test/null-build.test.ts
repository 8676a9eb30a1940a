/** After a real build, checks whether the same command has nothing to do: everything that it read or made must count. */
import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { saveSnapshot } from '../src/cli/session/save-snapshot.ts';
import { sourceNode } from '../src/rules/kinds/source.ts';
import { ABSENT, type StatTuple, statTuple, UNKNOWN } from '../src/store/content/stat-tuple.ts';
import { readSnapshot } from '../src/store/sources/snapshot.ts';
import { type Built, edge, label, makeRig, type Rig, shell } from './engine/rig.ts';

const COMMAND = ['build', '//folder', '//file'];
const SUMMARY = { nodes: 4, lines: ['made'] };

/**
 *     linked -> script ──► file
 *     tree/a, tree/sub/b ──► folder/{a,sub/b}
 */
async function makeBuild() {
  const rig = makeRig();
  const at = (path: string): string => join(rig.folder, path);
  mkdirSync(at('tree/sub'), { recursive: true });
  rig.write('tree/a', 'a');
  rig.write('tree/sub/b', 'b');
  rig.write('script', 'script');
  rig.write('images.conf', 'configuration');
  symlinkSync('script', at('linked'));
  const nodes = [
    sourceNode({ label: label('tree'), path: at('tree') }),
    sourceNode({ label: label('linked'), path: at('linked') }),
    shell(
      'folder',
      'cp -r tree out',
      { tree: edge('tree', 'tree') },
      { outputs: { out: { type: 'directory', path: 'out' } } },
    ),
    shell('file', 'cat linked > out', { linked: edge('linked', 'file') }),
  ];
  const built = await rig.build(nodes, ['folder', 'file']);
  expect(built.status).toBe('done');
  return { rig, at, built };
}

function remember(
  rig: Rig,
  built: Built,
  configuration: readonly (readonly [string, StatTuple])[] = [],
  made = new Map([[join(rig.folder, 'image'), statTuple(join(rig.folder, 'image'))]]),
): Promise<void> {
  return saveSnapshot({
    store: rig.store,
    command: COMMAND,
    // The files here are too new for the racily-clean rule.
    at: Date.now() + 60_000,
    targets: ['folder', 'file'].map(name => ({ label: label(name), outputs: ['out'] })),
    outputs: built.outputs,
    configuration: new Map(configuration),
    made,
    summary: SUMMARY,
  });
}

const lastBuild = (rig: Rig): unknown => readSnapshot(rig.store.folder, COMMAND, Date.now());

/** The blob of a file in the folder that was built. */
function blobOf(rig: Rig, content: string): string {
  return rig.store.blobs.path(rig.store.blobs.putBytes(content));
}

describe('the same command', () => {
  test('has nothing to do if nothing changed', async () => {
    const { rig, built } = await makeBuild();
    await remember(rig, built);
    expect(lastBuild(rig)).toEqual(SUMMARY);
  });

  test.each<[string, (at: (path: string) => string, rig: Rig) => void]>([
    ['a source was edited', at => writeFileSync(at('script'), 'other')],
    ['a file below a source folder was edited', at => writeFileSync(at('tree/sub/b'), 'other')],
    ['a file came into a source folder', at => writeFileSync(at('tree/sub/c'), '')],
    ['a file went from a source folder', at => unlinkSync(at('tree/sub/b'))],
    [
      'a link that was followed leads elsewhere',
      at => {
        symlinkSync('images.conf', at('new'));
        renameSync(at('new'), at('linked'));
      },
    ],
    ['what was made lies there no more', at => writeFileSync(at('image'), '')],
    ['a built file is gone', (_, rig) => rmSync(blobOf(rig, 'script'))],
    ['a file in a built folder is gone', (_, rig) => rmSync(blobOf(rig, 'b'))],
    [
      'a file in a built folder was overwritten',
      (_, rig) => {
        const blob = blobOf(rig, 'b');
        rmSync(blob);
        writeFileSync(blob, 'B');
      },
    ],
  ])('has something to do if %s', async (_, change) => {
    const { rig, at, built } = await makeBuild();
    await remember(rig, built);
    change(at, rig);
    expect(lastBuild(rig)).toBeUndefined();
  });

  test('has something to do if a blob was overwritten after it was made, before the build ended', async () => {
    const { rig, built } = await makeBuild();
    const blob = blobOf(rig, 'script');
    rmSync(blob);
    writeFileSync(blob, 'SCRIPT');
    await remember(rig, built);
    expect(lastBuild(rig)).toBeUndefined();
  });

  test('has something to do if what was made was replaced by somebody, before the build ended', async () => {
    const { rig, at, built } = await makeBuild();
    writeFileSync(at('lock'), 'as aib wrote it');
    const made = new Map([[at('lock'), statTuple(at('lock'))]]);
    writeFileSync(at('lock'), 'as somebody else wants it');
    await remember(rig, built, [], made);
    expect(lastBuild(rig)).toBeUndefined();
  });

  test('has something to do if a source was edited after it was read, before the build ended', async () => {
    const { rig, at, built } = await makeBuild();
    writeFileSync(at('script'), 'other');
    await remember(rig, built);
    expect(lastBuild(rig)).toBeUndefined();
  });

  test('has something to do if the configuration changed since it was read, or vanished then', async () => {
    const { rig, at, built } = await makeBuild();
    const path = at('images.conf');
    await remember(rig, built, [[path, statTuple(path)]]);
    expect(lastBuild(rig)).toEqual(SUMMARY);
    unlinkSync(path);
    expect(lastBuild(rig)).toBeUndefined();
    await remember(rig, built, [[path, UNKNOWN]]);
    expect(lastBuild(rig)).toBeUndefined();
    await remember(rig, built, [[path, ABSENT]]);
    expect(lastBuild(rig)).toEqual(SUMMARY);
  });
});
