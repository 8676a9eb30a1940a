import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { packTar } from '../formats/tar.ts';
import { testFolder } from '../util/files/test-folder.ts';
import type { ArchName } from './architecture.ts';
import { readUserlands } from './userlands.ts';

async function minirootfs(arch: ArchName, release: string): Promise<string> {
  const file = (path: string, content: string) =>
    ({ path, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 9, content: Buffer.from(content) }) as const;
  const entries = [
    file('etc/alpine-release', `${release}\n`),
    file('lib/apk/db/installed', `P:musl\nV:1-r0\nA:${arch}\n\nP:keys\nV:1-r0\nA:noarch\n\n`),
  ];
  const path = join(testFolder('userlands'), `${arch}.tar.gz`);
  writeFileSync(path, gzipSync(await packTar(entries)));
  return path;
}

test('each architecture has its own userland, or none', async () => {
  const [x86, arm] = [await minirootfs('x86_64', '3.20.3'), await minirootfs('aarch64', '3.20.3')];
  const release = { release: '3.20.3' };
  expect(await readUserlands(x86, arm)).toMatchObject({ value: { x86_64: release, aarch64: release } });
  expect(await readUserlands(x86, undefined)).toMatchObject({ value: { x86_64: release, aarch64: undefined } });
  expect(await readUserlands(undefined, arm)).toMatchObject({ value: { x86_64: undefined, aarch64: release } });
});

test('one for x86_64 does not do for aarch64, and the message says what it is', async () => {
  const path = await minirootfs('x86_64', '3.20.3');
  expect(await readUserlands(undefined, path)).toMatchObject({
    ok: false,
    error: {
      code: 'AIB_BAD_USERLAND',
      where: path,
      got: 'packages for x86_64',
      what: expect.stringMatching(/aarch64$/),
    },
  });
});

test('two of different releases would make up a version that Alpine never had', async () => {
  const made = readUserlands(await minirootfs('x86_64', '3.20.3'), await minirootfs('aarch64', '3.20.2'));
  expect(await made).toMatchObject({
    ok: false,
    error: { code: 'AIB_BAD_USERLAND', got: '3.20.3 for x86_64, 3.20.2 for aarch64' },
  });
});
