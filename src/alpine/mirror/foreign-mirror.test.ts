import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { withForeign } from './foreign-mirror.ts';
import type { Mirror } from './mirror.ts';
import { offline } from './offline-mirror.ts';
import { openMirror } from './open-mirror.ts';

function makeMirror(): { readonly mirror: Mirror; readonly mine: string } {
  const [alpine, mine] = [testFolder('alpine'), testFolder('mine')];
  for (const folder of [alpine, mine]) {
    mkdirSync(join(folder, 'x86_64'));
    writeFileSync(join(folder, 'x86_64/file'), `of ${folder}`);
  }
  const opened = openMirror(alpine);
  return { mirror: withForeign(opened.ok ? opened.value : expect.unreachable()), mine };
}

it('a path that is an address is asked there, any other of the mirror', async () => {
  const { mirror, mine } = makeMirror();
  const textOf = async (path: string) => {
    const bytes = await mirror.fetch(path);
    return bytes.ok ? Buffer.from(bytes.value).toString() : bytes.error.code;
  };
  expect(await textOf('x86_64/file')).toBe(`of ${mirror.spec}`);
  expect(await textOf(`${mine}/x86_64/file`)).toBe(`of ${mine}`);
  expect(await mirror.size(`${mine}/x86_64/file`)).toEqual({ ok: true, value: `of ${mine}`.length });
  expect(mirror.locate(`${mine}/x86_64/file`)).toBe(`${mine}/x86_64/file`);
  expect(mirror.locate('https://example.org/a b/x86_64/c d')).toBe('https://example.org/a%20b/x86_64/c%20d');
});

it('what is not there is not looked for elsewhere, and no other mirror is advised', async () => {
  const { mirror, mine } = makeMirror();
  for (const path of [`${mine}/x86_64/none`, `${mine}/none/x86_64/file`]) {
    const lacking = await mirror.fetch(path);
    expect(lacking).toMatchObject({ ok: false, error: { hint: expect.stringContaining('its address in repos') } });
  }
  expect(await mirror.fetch('x86_64/none')).toMatchObject({ error: { hint: expect.stringContaining('--mirror') } });
});

it('--offline refuses it as it refuses the mirror', async () => {
  const { mirror, mine } = makeMirror();
  const where = `${mine}/x86_64/file`;
  expect(await offline(mirror).fetch(where)).toMatchObject({ error: { code: 'AIB_OFFLINE', where } });
});
