import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestOf } from '../../store/content/digest.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import { fail, ok } from '../../util/result.ts';
import { folderFirst } from './folder-first.ts';
import type { Mirror } from './mirror.ts';
import { offline } from './offline-mirror.ts';
import { openMirror } from './open-mirror.ts';

const refused = { ok: false, error: { code: 'AIB_OFFLINE', where: 'https://mirror.test/a' } };

/** A mirror that refuses everything, behind a folder with these files. */
function withFiles(files: Readonly<Record<string, string>>): { readonly mirror: Mirror; readonly folder: string } {
  const folder = testFolder('first');
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const opened = openMirror('https://mirror.test');
  if (!opened.ok) return expect.unreachable();
  return { mirror: folderFirst(offline(opened.value), folder), folder };
}

test('a file of the folder comes from there, into memory or into a file', async () => {
  const { mirror, folder } = withFiles({ a: 'abc' });
  const expected = { expect: { sha256: digestOf('abc').hash } };
  expect(await mirror.fetch('a', expected)).toMatchObject({ ok: true, value: Buffer.from('abc') });
  expect(await mirror.fetchTo('a', join(folder, 'to/a'), expected)).toEqual(ok(digestOf('abc')));
});

test('what the folder does not have, or has otherwise than it should be, is asked of the mirror', async () => {
  const { mirror, folder } = withFiles({ a: 'abd', b: 'b' });
  const expected = { expect: { sha256: digestOf('abc').hash } };
  expect(await mirror.fetch('a', expected)).toMatchObject(refused);
  expect(await mirror.fetchTo('a', join(folder, 'to/a'), expected)).toMatchObject(refused);
  expect(await mirror.fetch('a', { accept: async () => fail({ code: 'AIB_UNSIGNED', what: 'no' }) })).toMatchObject(
    refused,
  );
  expect(await mirror.fetch('c')).toMatchObject({ error: { where: 'https://mirror.test/c' } });
});

test('whoever stops asks nobody else', async () => {
  const { mirror } = withFiles({ a: 'abc' });
  expect(await mirror.fetch('a', { signal: AbortSignal.abort() })).toMatchObject({ error: { code: 'AIB_CANCELLED' } });
});

test('the names in messages, sizes and starts are the mirror’s', async () => {
  const { mirror } = withFiles({ a: 'abc' });
  expect([mirror.spec, mirror.locate('a')]).toEqual(['https://mirror.test', 'https://mirror.test/a']);
  expect(await mirror.size('a')).toMatchObject(refused);
  expect(await mirror.start('a', 1)).toMatchObject(refused);
});
