/** What a build adds to the lock when it is over: the packages that it used. Never takes back what somebody else wrote there meanwhile. */
import { isDeepStrictEqual } from 'node:util';
import { type Lock, readLock, withPackages, writeLock } from '../../alpine/locking/lock.ts';
import type { BuildResult } from '../../engine/build/build.ts';
import type { Manifest } from '../../rules/kinds/package-folder.ts';
import type { Project } from '../../rules/project/project.ts';
import type { BlobStore } from '../../store/content/blobs.ts';
import { type StatTuple, statTuple } from '../../store/content/stat-tuple.ts';

/** Gives the lock file as it was right after it was written, if it was. */
export async function lockUsedPackages(
  project: Pick<Project, 'lock' | 'lockPath'>,
  outputs: BuildResult['outputs'],
  blobs: BlobStore,
): Promise<ReadonlyMap<string, StatTuple>> {
  let lock: Lock = project.lock;
  for (const { manifest } of outputs.values()) {
    if (manifest === undefined || (await blobs.check(manifest.digest)) !== 'present') continue;
    lock = withPackages(lock, JSON.parse((await blobs.read(manifest.digest)).toString('utf8')) as Manifest);
  }
  // An `aib update` waits for nobody, and a build takes minutes.
  if (lock === project.lock || !isStill(project)) return new Map();
  writeLock(project.lockPath, lock);
  return new Map([[project.lockPath, statTuple(project.lockPath)]]);
}

/** Whether the file says what the build went by. */
function isStill({ lock, lockPath }: Pick<Project, 'lock' | 'lockPath'>): boolean {
  const current = readLock(lockPath);
  return current.ok && isDeepStrictEqual(current.value, JSON.parse(JSON.stringify(lock)));
}
