import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { rememberedMirrors, rememberMirrors } from './mirrors.ts';
import type { Workspace } from './workspace.ts';

function workspace(): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'aib-mirrors-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
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
