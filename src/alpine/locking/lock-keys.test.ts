import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listen, stop } from '../../../test/local-server.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import { trustRoot } from '../package/keys.ts';
import { makeKey } from '../package/test-packages.ts';
import { lockRepositoryKeys } from './lock-keys.ts';

const KEY = makeKey('mine.rsa.pub');
const OTHER = makeKey('mine.rsa.pub');
const FILE = 'keys/mine.rsa.pub';

function folderWith(pem: string): string {
  const folder = testFolder('keys');
  mkdirSync(join(folder, 'keys'));
  writeFileSync(join(folder, FILE), pem);
  return folder;
}

async function locked(source: string, folders: readonly string[], pem?: string) {
  const notices: string[] = [];
  const keys = await lockRepositoryKeys([source, source], {
    root: trustRoot('alpine'),
    known: pem === undefined ? undefined : { repositoryKeys: { [source]: pem } },
    folders,
    signal: new AbortController().signal,
    onNotice: line => notices.push(line),
  });
  return { keys, notices, pem: keys.ok ? keys.value.get(source)?.pem : keys.error.code };
}

async function serve(content: () => string | undefined): Promise<{ readonly source: string; readonly hits: string[] }> {
  const hits: string[] = [];
  const server = createServer((request, response) => {
    hits.push(request.url ?? '');
    const text = content();
    response.writeHead(text === undefined ? 404 : 200).end(text);
  });
  const source = `${await listen(server)}/keys/mine.rsa.pub`;
  onTestFinished(() => stop(server));
  return { source, hits };
}

describe('the keys of a new lock', () => {
  it('are fetched once, and said with their fingerprint; over plain http, that they came so', async () => {
    const { source, hits } = await serve(() => KEY.publicPem);
    const { pem, notices } = await locked(source, []);
    expect([pem, hits]).toEqual([KEY.publicPem, ['/keys/mine.rsa.pub']]);
    expect(notices).toEqual([
      expect.stringMatching(/mine\.rsa\.pub was fetched from http.*SHA-256 [0-9a-f]{64}.*without encryption/),
    ]);
  });

  it('may be files of the project, of the highest layer that has one', async () => {
    const folders = [folderWith(OTHER.publicPem), folderWith(KEY.publicPem), testFolder('none')];
    expect((await locked(FILE, folders)).pem).toBe(KEY.publicPem);
  });

  it('that are nowhere are a failure that says where they were looked for', async () => {
    const { source } = await serve(() => undefined);
    const folder = testFolder('none');
    expect((await locked(FILE, [folder])).keys).toMatchObject({
      error: { code: 'AIB_REPOSITORY_KEY', where: FILE, got: expect.stringContaining(folder) },
    });
    expect((await locked(source, [])).keys).toMatchObject({ error: { code: 'AIB_REPOSITORY_KEY', where: source } });
  });
});

describe('a key that the lock has', () => {
  it('stays without a word while it is the same', async () => {
    const { pem, notices } = await locked(FILE, [folderWith(KEY.publicPem)], KEY.publicPem);
    expect([pem, notices]).toEqual([KEY.publicPem, []]);
  });

  it('is not replaced by another: both fingerprints are named', async () => {
    const { keys } = await locked(FILE, [folderWith(OTHER.publicPem)], KEY.publicPem);
    expect(keys).toMatchObject({
      error: {
        code: 'AIB_REPOSITORY_KEY',
        what: 'The key mine.rsa.pub has changed',
        got: expect.stringMatching(/^SHA-256 ([0-9a-f]{64}), the lock has (?!\1)[0-9a-f]{64}$/),
        hint: expect.stringContaining('repositoryKeys'),
      },
    });
  });

  it('is kept where it cannot be had today, or something else came, and that is said', async () => {
    const { source } = await serve(() => '<html>log in</html>');
    for (const [from, folders] of [
      [source, []],
      [FILE, [testFolder('none')]],
    ] as const) {
      const { pem, notices } = await locked(from, folders, KEY.publicPem);
      expect([pem, notices]).toEqual([KEY.publicPem, [expect.stringContaining('keeping the key in the lock')]]);
    }
  });

  it('does not count if it is one of Alpine', async () => {
    const [[, alpine] = []] = trustRoot('alpine').keys;
    const { keys } = await locked(FILE, [folderWith(KEY.publicPem)], alpine);
    expect(keys).toMatchObject({ error: { code: 'AIB_REPOSITORY_KEY' } });
  });
});
