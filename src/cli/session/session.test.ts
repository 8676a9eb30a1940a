import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findWorkspace } from '../../config/workspace/workspace.ts';
import { acquireBuildLock } from '../../store/database/build-lock.ts';
import { SCHEMA_VERSION, schemaVersion } from '../../store/database/migrations.ts';
import { makeFirst } from '../../store/database/test-first-schema.ts';
import { openStore } from '../../store/store.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import { Session } from './session.ts';

test('the schema of a store stays as it is until the build is over that goes on in it', async () => {
  const folder = testFolder('session');
  mkdirSync(join(folder, 'configs'));
  writeFileSync(join(folder, 'configs/images.conf'), '');
  const cache = join(folder, 'cache');
  const made = openStore(cache, { now: Date.now, onNotice: () => {} });
  if (made.ok) made.value.close();
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(cache, `aib.db${suffix}`), { force: true });
  const database = makeFirst(cache);
  onTestFinished(() => void database.close());

  const { signal } = new AbortController();
  const workspace = findWorkspace(folder, { cache });
  if (!workspace.ok) throw new Error(workspace.error.what);
  const session = new Session(workspace.value, {}, signal);
  onTestFinished(() => session.close());
  const other = await acquireBuildLock(cache, { pid: 1, command: 'older' }, { onWait: () => {}, signal });
  const seen: unknown[] = [];
  const opened = await session.storeToWrite(holder => {
    seen.push([holder?.command, schemaVersion(database)]);
    other.release();
  });
  expect(opened.ok).toBe(true);
  expect(seen).toEqual([['older', 1]]);
  expect(schemaVersion(database)).toBe(SCHEMA_VERSION);
});
