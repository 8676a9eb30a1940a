/** A lock for tests of other things; each test changes what it is about. Names no file of a real mirror. */
import type { Lock } from './lock.ts';

const INDEX = { hash: '1'.repeat(64), size: 1 } as Lock['indexes'][string];

/** One version on one architecture, with an ISO and two indexes. */
export function testLock(changes: Partial<Lock> = {}): Lock {
  return {
    format: 3,
    root: 'alpine',
    updated: '2025-01-01',
    builder: '3.20',
    releases: { '3.20': { release: '3.20.3', date: '2024-09-06', endOfLife: '2026-04-01' } },
    iso: {
      '3.20/x86_64': { path: 'x.iso', size: 1, sha256: '2'.repeat(64), sha512: '3'.repeat(128), signature: 'x' },
    },
    releaseKey: 'x',
    indexes: { 'v3.20/main/x86_64': INDEX, 'v3.20/community/x86_64': INDEX },
    packages: {},
    closures: {},
    ...changes,
  };
}
