import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import { makeApk, makeIndex, makeKey, signedBy } from '../../alpine/package/test-packages.ts';
import type { FetchContext } from '../../engine/run/program.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import { fetchFirmware } from './firmware.ts';

const KEY = makeKey('test-1.rsa.pub');
const MAIN = 'v3.20/main/x86_64';
const FACTS = { pkgname: 'ovmf', pkgver: '1-r0' };

/** With the index of a repository that has `listed`. */
async function makeContext(listed: Awaited<ReturnType<typeof makeApk>>): Promise<FetchContext> {
  const folder = testFolder('firmware');
  const lines = [`C:${listed.checksum}`, 'P:ovmf', 'V:1-r0', 'A:x86_64', `S:${listed.bytes.byteLength}`, 'I:1', 'T:t'];
  writeFileSync(join(folder, 'index'), await signedBy(KEY, await makeIndex(`${lines.join('\n')}\nU:u\nL:MIT\n\n`)));
  writeFileSync(join(folder, 'key'), KEY.publicPem);
  return {
    parameters: { ARCH: 'x86_64', PACKAGE: 'ovmf', REPOSITORIES: MAIN },
    inputs: new Map(),
    folder,
    downloads: folder,
    inputFile: path => join(folder, path.startsWith('keys/') ? 'key' : 'index'),
    listInput: () => [KEY.name],
    signal: new AbortController().signal,
    log: () => undefined,
    progress: () => undefined,
  };
}

/** Hands out these bytes for whatever is asked, as long as whoever asked takes them. */
function mirrorOf(bytes: Uint8Array): Mirror {
  const fetch = async (path: string, { accept }: { accept: (bytes: Uint8Array, where: string) => unknown }) =>
    accept(bytes, path);
  return { fetch } as unknown as Mirror;
}

test.each([
  ['has other contents', 'a', FACTS],
  ['has another version in its control part', 'contents', { ...FACTS, pkgver: '2-r0' }],
])('a package of the firmware that %s is refused', async (_, content, facts) => {
  const listed = await makeApk(FACTS, 'contents', KEY);
  const served = await makeApk(facts, content, KEY);
  const program = fetchFirmware(mirrorOf(served.bytes));
  expect(await program(await makeContext({ ...listed, bytes: served.bytes }))).toMatchObject({
    error: { code: 'AIB_DIGEST_MISMATCH' },
  });
});

test('the one that the index lists is opened, and has to hold the firmware', async () => {
  const listed = await makeApk(FACTS, 'contents', KEY);
  expect(await fetchFirmware(mirrorOf(listed.bytes))(await makeContext(listed))).toMatchObject({
    error: { code: 'AIB_MIRROR_CONTENT', what: 'ovmf-1-r0 has no code part' },
  });
});
