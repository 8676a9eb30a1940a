import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { rememberedMirrors, rememberMirrors } from './mirrors.ts';
import type { Workspace } from './workspace.ts';

function workspace(): Workspace {
  const folder = testFolder('mirrors');
  return { folder, home: folder, cache: join(folder, '.cache'), localConfig: join(folder, 'aib.local.conf') };
}

test('one mirror and several are remembered as they were named', () => {
  const here = workspace();
  expect(rememberedMirrors(here)).toEqual({ ok: true, value: [] });
  rememberMirrors(here, ['https://a.test/alpine']);
  expect(rememberedMirrors(here)).toEqual({ ok: true, value: ['https://a.test/alpine'] });
  rememberMirrors(here, ['https://a.test/alpine', '/srv/my "alpine"']);
  expect(rememberedMirrors(here)).toEqual({ ok: true, value: ['https://a.test/alpine', '/srv/my "alpine"'] });
  rememberMirrors(here, ['/srv/alpine']);
  expect(readFileSync(here.localConfig, 'utf8').match(/mirror/g)).toHaveLength(1);
  expect(rememberedMirrors(here)).toEqual({ ok: true, value: ['/srv/alpine'] });
});

test('a list is read as people write it, over several lines and with comments, and leaves other settings alone', () => {
  const here = workspace();
  writeFileSync(here.localConfig, 'mirror = [\n  "https://a.test/alpine" # near\n  "/srv/b"\n]\ncache_size = "3G"\n');
  expect(rememberedMirrors(here)).toEqual({ ok: true, value: ['https://a.test/alpine', '/srv/b'] });
  rememberMirrors(here, ['/srv/c']);
  expect(readFileSync(here.localConfig, 'utf8')).toBe('mirror = "/srv/c"\ncache_size = "3G"\n');
});
