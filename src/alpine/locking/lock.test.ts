import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { type Lock, readLock, withPackages, writeLock } from './lock.ts';
import { testLock } from './test-lock.ts';

const LOCK = testLock();
const BUSYBOX = { version: '1.36.1-r29', checksum: 'Q1abc', dataHash: 'def' };

function lockFile(): string {
  return join(testFolder('lock'), 'aib.lock');
}

describe('the lock file', () => {
  it('is read back as it was written', () => {
    const path = lockFile();
    writeLock(path, LOCK);
    expect(readLock(path)).toEqual({ ok: true, value: LOCK });
  });

  it('has the same text whatever the order in which its parts were put together', () => {
    const path = lockFile();
    writeLock(path, LOCK);
    const text = readFileSync(path, 'utf8');
    writeLock(path, Object.fromEntries(Object.entries(LOCK).reverse()) as unknown as Lock);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('may be absent, which is no error', () => {
    expect(readLock(lockFile())).toEqual({ ok: true, value: undefined });
  });

  it.each(['', '{', '[]', '{"format":2}', 'null'])('that holds %j is refused with the way out', text => {
    const path = lockFile();
    writeFileSync(path, text);
    expect(readLock(path)).toMatchObject({
      ok: false,
      error: { code: 'AIB_LOCK', where: path, hint: expect.stringContaining('aib update') },
    });
  });

  it.each([
    [1, 'an older aib'],
    [3, 'a newer aib'],
  ])('of format %i is said to come from %s', (format, whose) => {
    const path = lockFile();
    writeFileSync(path, JSON.stringify({ ...LOCK, format }));
    expect(readLock(path)).toMatchObject({ ok: false, error: { got: expect.stringContaining(whose) } });
  });
});

describe('noting packages that a build used', () => {
  it('adds what is new, and keeps what is known', () => {
    const used = { 'v3.20/main/x86_64': { busybox: BUSYBOX } };
    const once = withPackages(LOCK, used);
    expect(once.packages).toEqual(used);
    const musl = { ...BUSYBOX, version: '1.2.5-r0' };
    expect(withPackages(once, { 'v3.20/main/x86_64': { musl } }).packages['v3.20/main/x86_64']).toEqual({
      busybox: BUSYBOX,
      musl,
    });
  });

  it('gives the same lock back if it knew them all, so that nothing is written', () => {
    const lock = withPackages(LOCK, { 'v3.20/main/x86_64': { busybox: BUSYBOX } });
    expect(withPackages(lock, { 'v3.20/main/x86_64': { busybox: { ...BUSYBOX } } })).toBe(lock);
  });
});
