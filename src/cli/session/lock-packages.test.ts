import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeLock } from '../../alpine/locking/lock.ts';
import { testLock } from '../../alpine/locking/test-lock.ts';
import type { Label, Outputs } from '../../engine/model/graph.ts';
import { statTuple } from '../../store/content/stat-tuple.ts';
import { openStore } from '../../store/store.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import { lockUsedPackages } from './lock-packages.ts';

const LOCK = testLock({ updated: '2024-09-06' });
const USED = { 'v3.20/main/x86_64': { musl: { version: '1.2.5-r0', checksum: 'Q1', dataHash: '00' } } };

/** A lock, and a build that used one package. */
function makeBuild() {
  const folder = testFolder('lock');
  const store = openStore(join(folder, 'cache'), { now: Date.now, onNotice: () => {} });
  if (!store.ok) throw new Error(store.error.what);
  onTestFinished(() => store.value.close());
  const { blobs } = store.value;
  const lockPath = join(folder, 'aib.lock');
  writeLock(lockPath, LOCK);
  const manifest = { type: 'file', digest: blobs.putBytes(JSON.stringify(USED)) } as const;
  const outputs = new Map<Label, Outputs>([['//aws/x86_64/uefi/tiny:packages' as Label, { manifest }]]);
  const note = () => lockUsedPackages({ lock: LOCK, lockPath }, outputs, blobs);
  return { lockPath, note };
}

test('the packages that a build used are locked, once', async () => {
  const { lockPath, note } = makeBuild();
  expect(await note()).toEqual(new Map([[lockPath, statTuple(lockPath)]]));
  expect(JSON.parse(readFileSync(lockPath, 'utf8'))).toEqual({ ...LOCK, packages: USED });
});

test('a lock that somebody changed, damaged or removed while the build ran stays as it is', async () => {
  const { lockPath, note } = makeBuild();
  for (const text of [JSON.stringify({ ...LOCK, updated: '2025-01-01' }), '<<<<<<< HEAD']) {
    writeFileSync(lockPath, text);
    expect(await note()).toEqual(new Map());
    expect(readFileSync(lockPath, 'utf8')).toBe(text);
  }
  unlinkSync(lockPath);
  expect(await note()).toEqual(new Map());
  expect(() => readFileSync(lockPath)).toThrow('ENOENT');
});
