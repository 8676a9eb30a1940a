import { existsSync, mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeExampleProject } from '../../test/example-project.ts';
import { findWorkspace } from '../config/workspace.ts';
import { storingIntake } from '../store/intake.ts';
import { statTuple } from '../store/stat-tuple.ts';
import { openStore } from '../store/store.ts';
import { formatFailure } from '../util/failure.ts';
import { loadProject } from './project.ts';

interface Place {
  readonly at: (path: string) => string;
  readonly put: (path: string, text?: string) => void;
}

function makePlace(): Place & { readonly folder: string } {
  const folder = makeExampleProject();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const at = (path: string): string => join(folder, path);
  const put = (path: string, text = ''): void => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  };
  return { folder, at, put };
}

/** Everything that a build compares to find out whether it has something to do, as it is when the project and its scripts are read. */
async function read(folder: string, options: { readonly custom?: readonly string[]; readonly mirror?: string }) {
  const workspace = findWorkspace(folder);
  if (!workspace.ok) throw new Error(formatFailure(workspace.error));
  const project = await loadProject(workspace.value, {
    ...options,
    today: () => expect.unreachable('the lock is there'),
    signal: new AbortController().signal,
    onNotice: () => {},
  });
  if (!project.ok) throw new Error(formatFailure(project.error));
  const cache = mkdtempSync(join(tmpdir(), 'aib-project-'));
  const store = openStore(cache, { now: Date.now, onNotice: () => {} });
  if (!store.ok) throw new Error(formatFailure(store.error));
  onTestFinished(() => {
    store.value.close();
    rmSync(cache, { recursive: true, force: true });
  });
  const intake = storingIntake(store.value);
  for (const node of project.value.graph.nodes.values()) {
    if (node.type !== 'leaf' || !node.label.startsWith('//source/scripts/')) continue;
    expect(await node.read(intake)).toMatchObject({ ok: true });
  }
  return new Map([...store.value.sources.seen, ...project.value.files]);
}

test.each<[string, (place: Place) => void, (place: Place) => void]>([
  [
    'a script of the project comes to lie over a built-in one',
    ({ at }) => unlinkSync(at('scripts/setup')),
    ({ put }) => put('scripts/setup'),
  ],
  [
    'the first script comes into a layer that had none',
    ({ put }) => put('custom/configs/more.conf'),
    ({ put }) => put('custom/scripts/setup'),
  ],
  [
    'the first configuration comes into a layer that had none',
    ({ put }) => put('custom/scripts/other'),
    ({ put }) => put('custom/configs/images.conf', 'overrides = []'),
  ],
])('it is noticed that %s', async (_, prepare, change) => {
  const place = makePlace();
  prepare(place);
  const custom = place.at('custom');
  const noticed = await read(place.folder, existsSync(custom) ? { custom: [custom] } : {});
  expect([...noticed].filter(([path, tuple]) => statTuple(path) !== tuple)).toEqual([]);
  change(place);
  expect([...noticed].some(([path, tuple]) => statTuple(path) !== tuple)).toBe(true);
});
