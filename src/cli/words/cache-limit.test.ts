import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cacheLimit, parseSize } from './cache-limit.ts';

function makeWorkspace() {
  const folder = mkdtempSync(join(tmpdir(), 'aib-limit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, home: folder, cache: join(folder, 'not/there/yet'), localConfig: join(folder, 'aib.local.conf') };
}

test.each([
  ['20G', 20 * 1024 ** 3],
  ['20GiB', 20 * 1024 ** 3],
  ['1.5T', 1.5 * 1024 ** 4],
  ['500m', 500 * 1024 ** 2],
  ['4 KB', 4_096],
  ['0', 0],
  ['1048576', 1_048_576],
  ['unlimited', Number.POSITIVE_INFINITY],
])('%s is a size', (text, bytes) => {
  expect(parseSize(text, 'here', 'AIB_USAGE')).toEqual({ ok: true, value: bytes });
});

test.each(['', 'lots', '-1', '20X', '1.2.3', '20 G G'])('%j is none, and is said to be', text => {
  expect(parseSize(text, 'here', 'AIB_USAGE')).toMatchObject({ ok: false, error: { where: 'here', got: text } });
});

test('the option comes before the setting, and that before what suits the disk', () => {
  const workspace = makeWorkspace();
  const limit = cacheLimit(workspace, {});
  expect(limit.ok && limit.value > 0 && limit.value <= 20 * 1024 ** 3).toBe(true);
  writeFileSync(workspace.localConfig, 'mirror = "x"\ncache_size = "3M"\n');
  expect(cacheLimit(workspace, {})).toEqual({ ok: true, value: 3 * 1024 ** 2 });
  expect(cacheLimit(workspace, { cacheSize: '7' })).toEqual({ ok: true, value: 7 });
  writeFileSync(workspace.localConfig, 'cache_size = "much"\n');
  expect(cacheLimit(workspace, {})).toMatchObject({ ok: false, error: { code: 'AIB_CONFIG_VALUE' } });
  writeFileSync(workspace.localConfig, 'cache_size = 3 M\n');
  expect(cacheLimit(workspace, {})).toMatchObject({ ok: false, error: { code: 'AIB_CONFIG_SYNTAX' } });
});
