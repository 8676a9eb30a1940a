import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Artifact } from '../../store/content/artifact.ts';
import { type Digest, digestOf, type Sha256 } from '../../store/content/digest.ts';
import { encodeTree } from '../../store/content/directory.ts';
import { openStore } from '../../store/store.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import { programSpec } from '../model/action.ts';
import { encodeAction } from '../model/action-key.ts';
import type { Label } from '../model/graph.ts';
import { askCache, type RemoteCache, remoteSource } from './remote-cache.ts';

const SIGNAL = new AbortController().signal;
const ASKED = {
  label: '//some' as Label,
  encoded: encodeAction(programSpec({ kind: 'some', format: 1, inputs: new Map(), outputs: {} })),
};

function makeStore() {
  const opened = openStore(join(testFolder('remote'), 'cache'), { now: Date.now, onNotice: () => {} });
  if (!opened.ok) throw new Error(opened.error.what);
  onTestFinished(() => opened.value.close());
  return opened.value;
}

/** A store, and a cache that has the given bytes under the given names. */
function makeSource(
  elsewhere: readonly (readonly [Digest, string | Uint8Array])[],
  changes: Partial<RemoteCache> = {},
) {
  const store = makeStore();
  const bytes = new Map(elsewhere.map(([digest, content]) => [digest.hash, content]));
  const asked: Sha256[] = [];
  const cache: RemoteCache = {
    accepts: () => true,
    find: async () => undefined,
    contains: async ({ hash }) => {
      asked.push(hash);
      return bytes.has(hash);
    },
    fetch: async ({ hash }, file) => {
      asked.push(hash);
      const content = bytes.get(hash);
      if (content !== undefined) writeFileSync(file, content);
      return content !== undefined;
    },
    ...changes,
  };
  return { store, asked, bytes, source: remoteSource(store, cache) };
}

const fileOf = (content: string): Artifact => ({ type: 'file', digest: digestOf(content) });

/** folder ─► one, link, sub ─► two */
const TREE = encodeTree(
  new Map([
    ['link', { type: 'symlink', target: 'one' } as const],
    ['one', { type: 'file', digest: digestOf('1'), executable: false } as const],
    ['sub/two', { type: 'file', digest: digestOf('2'), executable: false } as const],
  ]),
);
const FOLDER: Artifact = { type: 'directory', digest: TREE.root };
const MESSAGES = TREE.messages.map(({ digest, bytes }) => [digest, bytes] as const);
const [ONE, TWO] = [[digestOf('1'), '1'] as const, [digestOf('2'), '2'] as const];

describe('bytes', () => {
  test('are here, elsewhere or nowhere', async () => {
    const { store, source } = makeSource([[digestOf('there'), 'there']]);
    store.blobs.putBytes('here');
    const states = ['here', 'there', 'nowhere'].map(content => source.state(fileOf(content), SIGNAL));
    expect(await Promise.all(states)).toEqual(['here', 'elsewhere', 'missing']);
  });

  test('that are here are not asked for', async () => {
    const { store, asked, source } = makeSource([]);
    store.blobs.putBytes('here');
    expect(await source.state(fileOf('here'), SIGNAL)).toBe('here');
    expect(await source.bring(fileOf('here'), SIGNAL)).toBe(true);
    expect(asked).toEqual([]);
  });

  test('that two want at the same time come once, and those that were lost since come again', async () => {
    const { store, asked, source } = makeSource([[digestOf('there'), 'there']]);
    const bring = () => source.bring(fileOf('there'), SIGNAL);
    expect(await Promise.all([bring(), bring()])).toEqual([true, true]);
    expect(asked).toHaveLength(1);
    store.blobs.remove([digestOf('there').hash]);
    expect(await bring()).toBe(true);
    expect(asked).toHaveLength(2);
  });

  test.each([
    ['does not have', undefined, 'no'],
    ['says to have written, and has not', undefined, 'yes'],
    ['says not to have, and has written', 'wanted', 'no'],
    ['died over', 'want', 'dies'],
    ['has others for of the same size', 'wolves', 'yes'],
  ] as const)('that the cache %s do not come', async (_, written, says) => {
    const fetch: RemoteCache['fetch'] = async (_digest, file) => {
      if (written !== undefined) writeFileSync(file, written);
      if (says === 'dies') throw new Error('the cache is gone');
      return says === 'yes';
    };
    const { store, source } = makeSource([], { fetch });
    expect(await source.bring(fileOf('wanted'), SIGNAL)).toBe(false);
    expect(await source.state(fileOf('wanted'), SIGNAL)).toBe('missing');
    expect(readdirSync(store.temporary)).toEqual([]);
  });

  test('of another size than was said do not come', async () => {
    const { source } = makeSource([[digestOf('there'), 'there']]);
    const digest = { ...digestOf('there'), size: 6 };
    expect(await source.bring({ type: 'file', digest }, SIGNAL)).toBe(false);
  });
});

describe('a folder', () => {
  test('is elsewhere as far as its message is, and comes with all that is in it', async () => {
    const { store, asked, source } = makeSource([...MESSAGES, ONE, TWO]);
    expect(await source.state(FOLDER, SIGNAL)).toBe('elsewhere');
    expect(asked).toEqual([TREE.root.hash]);
    expect(await source.bring(FOLDER, SIGNAL)).toBe(true);
    expect(await store.blobs.checkDirectory(TREE.root)).toBe('present');
    expect(await source.state(FOLDER, SIGNAL)).toBe('here');
  });

  test.each([
    ['all the rest is', [ONE, TWO], [], 'elsewhere'],
    ['some of the rest is, and the other here', [TWO], [ONE], 'elsewhere'],
    ['a file of it is not', [TWO], [], 'missing'],
    ['a file below it is not', [ONE], [], 'missing'],
  ] as const)('whose messages are here is elsewhere if %s', async (_, there, here, state) => {
    const { store, source } = makeSource(there);
    for (const [, bytes] of [...MESSAGES, ...here]) store.blobs.putBytes(bytes);
    expect(await source.state(FOLDER, SIGNAL)).toBe(state);
    expect(await source.bring(FOLDER, SIGNAL)).toBe(state === 'elsewhere');
  });

  test('wants no more of a file in it whose bytes are those of a folder', async () => {
    const message = MESSAGES.at(-1)?.[1] ?? expect.unreachable();
    const digest = digestOf(message);
    const outer = encodeTree(
      new Map([
        ['file', { type: 'file', digest, executable: false } as const],
        ['two', { type: 'file', digest: TWO[0], executable: false } as const],
      ]),
    );
    const { store, source } = makeSource([TWO]);
    for (const bytes of [message, outer.messages[0]?.bytes ?? expect.unreachable()]) store.blobs.putBytes(bytes);
    const folder: Artifact = { type: 'directory', digest: outer.root };
    expect(await source.state(folder, SIGNAL)).toBe('elsewhere');
    expect(await source.bring(folder, SIGNAL)).toBe(true);
  });

  test('does not come without one of its parts, nor if its message is none', async () => {
    const { source } = makeSource([...MESSAGES, ONE, [digestOf('junk'), 'junk']]);
    expect(await source.bring(FOLDER, SIGNAL)).toBe(false);
    expect(await source.bring({ type: 'directory', digest: digestOf('junk') }, SIGNAL)).toBe(false);
  });
});

describe('a result', () => {
  const ask = (find: RemoteCache['find'], signal = SIGNAL) =>
    askCache({ accepts: () => true, find, contains: async () => false, fetch: async () => false }, ASKED, signal);
  const output = (digest: Digest) => ({ type: 'file', path: 'out', digest }) as const;

  test('is what the cache says, if each of its digests may name a file', async () => {
    const good = output(digestOf('x'));
    const bad = output({ hash: '../x' as Sha256, size: 1 });
    expect(await ask(async () => ({ outputs: { good } }))).toEqual({ outputs: { good } });
    expect(await ask(async () => ({ outputs: { good, bad } }))).toBeUndefined();
    expect(await ask(async () => undefined)).toBeUndefined();
  });

  test('is none if the cache dies, but a stop stays one', async () => {
    const stop = new AbortController();
    const die = () => ask(() => Promise.reject(stop.signal.reason ?? new Error('dead')), stop.signal);
    expect(await die()).toBeUndefined();
    stop.abort('enough');
    await expect(die()).rejects.toBe('enough');
  });
});
