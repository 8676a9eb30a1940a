import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { cacheLimit } from './cache-limit.ts';

function makeWorkspace() {
  const folder = testFolder('limit');
  return { folder, home: folder, cache: join(folder, 'not/there/yet'), localConfig: join(folder, 'aib.local.conf') };
}

test('the option comes before the setting, and that before what suits the disk', () => {
  const workspace = makeWorkspace();
  const limit = cacheLimit(workspace, {});
  expect(limit.ok && limit.value > 0 && limit.value <= 20 * 1024 ** 3).toBe(true);
  writeFileSync(workspace.localConfig, 'mirror = "x"\ncache_size = "3M"\n');
  expect(cacheLimit(workspace, {})).toEqual({ ok: true, value: 3 * 1024 ** 2 });
  expect(cacheLimit(workspace, { cacheSize: 7 })).toEqual({ ok: true, value: 7 });
  writeFileSync(workspace.localConfig, 'cache_size = "much"\n');
  expect(cacheLimit(workspace, {})).toMatchObject({ ok: false, error: { code: 'AIB_CONFIG_VALUE' } });
  writeFileSync(workspace.localConfig, 'cache_size = 3 M\n');
  expect(cacheLimit(workspace, {})).toMatchObject({ ok: false, error: { code: 'AIB_CONFIG_SYNTAX' } });
});
