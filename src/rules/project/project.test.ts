import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeExampleProject } from '../../../test/example-project.ts';
import { findWorkspace } from '../../config/workspace/workspace.ts';
import { statTuple } from '../../store/content/stat-tuple.ts';
import { storingIntake } from '../../store/sources/intake.ts';
import { openStore } from '../../store/store.ts';
import { formatFailure } from '../../util/failure.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import { loadProject } from './project.ts';

interface Place {
  readonly at: (path: string) => string;
  readonly put: (path: string, text?: string) => void;
  /** The link is replaced in one step. */
  readonly link: (target: string, path: string) => void;
}

function makePlace(): Place & { readonly folder: string } {
  const folder = makeExampleProject();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const at = (path: string): string => join(folder, path);
  const put = (path: string, text = ''): void => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  };
  const link = (target: string, path: string): void => {
    mkdirSync(dirname(at(path)), { recursive: true });
    symlinkSync(target, at(`${path}.new`));
    renameSync(at(`${path}.new`), at(path));
  };
  return { folder, at, put, link };
}

/** All stat tuples that a build compares to detect a change, as of the reading of the project and its scripts. */
async function read(folder: string, options: { readonly custom?: readonly string[] }) {
  const workspace = findWorkspace(folder);
  if (!workspace.ok) throw new Error(formatFailure(workspace.error));
  const project = await loadProject(workspace.value, {
    ...options,
    today: () => expect.unreachable('the lock is there'),
    signal: new AbortController().signal,
    onNotice: () => {},
  });
  if (!project.ok) throw new Error(formatFailure(project.error));
  const cache = testFolder('project');
  const store = openStore(cache, { now: Date.now, onNotice: () => {} });
  if (!store.ok) throw new Error(formatFailure(store.error));
  onTestFinished(() => store.value.close());
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
  [
    'the top-level file is edited behind a link',
    ({ at, link }) => {
      renameSync(at('configs/images.conf'), at('configs/alpine.conf'));
      link('alpine.conf', 'configs/images.conf');
    },
    ({ at, put }) => put('configs/alpine.conf', `${readFileSync(at('configs/alpine.conf'), 'utf8')}\n`),
  ],
  [
    'a folder of links that configuration leads through is replaced by another',
    ({ at, put, link }) => {
      put('configs/one/all.conf', 'Default { motd { a = one } }');
      put('configs/two/all.conf', 'Default { motd { a = two } }');
      link('one', 'configs/current');
      link('current/all.conf', 'configs/all.conf');
      renameSync(at('configs/images.conf'), at('configs/real.conf'));
      put('configs/images.conf', 'include "all.conf"\ninclude "real.conf"');
    },
    ({ link }) => link('two', 'configs/current'),
  ],
  [
    'a file that a link leads nowhere to comes into being',
    ({ at, link, put }) => {
      link('later.conf', 'configs/more.conf');
      renameSync(at('configs/images.conf'), at('configs/real.conf'));
      put('configs/images.conf', 'include "more.conf"\ninclude "real.conf"');
    },
    ({ put }) => put('configs/later.conf'),
  ],
  [
    'the lock is edited behind a link',
    ({ at, link }) => {
      renameSync(at('aib.lock'), at('shared.lock'));
      link('shared.lock', 'aib.lock');
    },
    ({ put }) => put('shared.lock', '{}'),
  ],
  [
    'the choices of the machine are edited behind a link',
    ({ at, link }) => {
      renameSync(at('aib.local.conf'), at('dotfile'));
      link('dotfile', 'aib.local.conf');
    },
    ({ put }) => put('dotfile', 'mirror = "http://127.0.0.1:7/alpine"\n'),
  ],
  [
    'firmware comes to lie where a link to it leads',
    ({ link }) => link('../../ovmf.fd', 'firmware/x86_64/code.fd'),
    ({ put }) => put('ovmf.fd'),
  ],
  [
    'the folder of a mirror becomes a sample',
    ({ at, put }) => {
      mkdirSync(at('mirror'));
      put('aib.local.conf', `mirror = "${at('mirror')}"\n`);
    },
    ({ put }) => put('mirror/sample.json'),
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

test('a project whose machine chose in a line that cannot be read is not loaded from another mirror', async () => {
  const { folder, at, put } = makePlace();
  put('aib.local.conf', 'mirror = /srv/my alpine\n');
  await expect(read(folder, {})).rejects.toThrow(`at    ${at('aib.local.conf')}:1:18`);
});

test.each(['locked', 'offline'])(
  'with --%s no lock is ever written: neither a first one nor a newer one',
  async flag => {
    const { folder, at } = makePlace();
    const load = (update?: true) => {
      const workspace = findWorkspace(folder);
      if (!workspace.ok) throw new Error(formatFailure(workspace.error));
      const more = update === undefined ? {} : { update };
      const today = (): string => expect.unreachable('nobody is to be asked');
      const signal = new AbortController().signal;
      return loadProject(workspace.value, { [flag]: true, ...more, today, signal, onNotice: () => {} });
    };
    const [lock = ''] = ['aib.lock', 'aib.sample.lock'].map(at).filter(path => existsSync(path));
    const text = readFileSync(lock, 'utf8');
    expect(await load()).toMatchObject({ ok: true });
    expect(await load(true)).toMatchObject({ ok: false, error: { code: 'AIB_USAGE', where: lock } });
    expect(readFileSync(lock, 'utf8')).toBe(text);
    unlinkSync(lock);
    expect(await load()).toMatchObject({ ok: false, error: { code: 'AIB_NOT_LOCKED', where: lock } });
    expect(existsSync(lock)).toBe(false);
  },
);
