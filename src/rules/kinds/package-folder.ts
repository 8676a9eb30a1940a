/**
 * Folders of packages for the guest: indexes read, packages fetched. Every byte is checked along the chain index signature → control checksum →
 * data hash before it is kept; the guest's apk checks each package's own signature again.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockedPackage } from '../../alpine/locking/lock.ts';
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import { packageFile, packagePath } from '../../alpine/mirror/mirror-layout.ts';
import { verifyIndex, verifyPackage } from '../../alpine/package/verify.ts';
import type { Repository } from '../../alpine/solver/candidates.ts';
import type { Resolved } from '../../alpine/solver/closure.ts';
import type { FetchContext } from '../../engine/run/program.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { RepositoryRef } from '../package-set.ts';
import { trustedKeys } from './trust.ts';

/** What was used, for the lock: by the path of the index, then by name. An output of any kind that is called `manifest` has this form. */
export type Manifest = Readonly<Record<string, Readonly<Record<string, LockedPackage>>>>;

export async function readRepositories(
  refs: readonly RepositoryRef[],
  keys: ReadonlyMap<string, string>,
  readIndex: (path: string) => Promise<Result<Uint8Array>>,
): Promise<Result<readonly Repository[]>> {
  const repositories: Repository[] = [];
  for (const { path, tag } of refs) {
    const bytes = await readIndex(path);
    if (!bytes.ok) return bytes;
    const index = await verifyIndex(bytes.value, keys, path);
    if (!index.ok) return index;
    repositories.push({ name: path, packages: index.value.packages, ...(tag === undefined ? {} : { tag }) });
  }
  return ok(repositories);
}

/** All of them into one folder, and `manifest.json` beside. */
export async function fetchPackages(
  wanted: readonly Resolved[],
  folder: string,
  context: FetchContext,
  mirror: Mirror,
): Promise<Result<void>> {
  mkdirSync(folder, { recursive: true });
  const keys = trustedKeys(context);
  let count = 0;
  const fetched = await Promise.all(
    wanted.map(async resolved => {
      const result = await fetchPackage(resolved, context, mirror, keys);
      count += 1;
      context.progress(`${count}/${wanted.length} packages`);
      return result;
    }),
  );
  const manifest: Record<string, Record<string, LockedPackage>> = {};
  for (const [index, result] of fetched.entries()) {
    if (!result.ok) return result;
    const resolved = wanted[index];
    if (resolved === undefined) continue;
    const name = packageFile(resolved.package);
    await rename(join(context.downloads, name), join(folder, name));
    const listed = manifest[resolved.repository] ?? {};
    listed[resolved.package.name] = result.value;
    manifest[resolved.repository] = listed;
  }
  writeFileSync(join(context.folder, 'manifest.json'), `${JSON.stringify(manifest)}\n`);
  return ok(undefined);
}

/** Alpine's largest has some 600 MB. */
const MAX_PACKAGE = 4 * 2 ** 30;

/** One verified .apk among the downloads. One that an earlier run of the same action left there, whole, is not fetched again. */
async function fetchPackage(
  { package: entry, repository }: Resolved,
  context: FetchContext,
  mirror: Mirror,
  keys: ReadonlyMap<string, string>,
): Promise<Result<LockedPackage>> {
  const target = join(context.downloads, packageFile(entry));
  const locked = (dataHash: string): LockedPackage => {
    return { version: entry.version, checksum: entry.checksum, dataHash };
  };
  if (existsSync(target)) {
    const there = await verifyPackage(target, entry, keys);
    if (there.ok) return ok(locked(there.value.dataHash));
  }
  return mirror.fetchTo(packagePath(repository, entry), target, {
    signal: context.signal,
    // Without a size in the index a mirror could send for ever.
    ...(entry.size > 0 ? { expect: { size: entry.size } } : { maxBytes: MAX_PACKAGE }),
    accept: async (file, where) => {
      const verified = await verifyPackage(file, entry, keys);
      return verified.ok ? ok(locked(verified.value.dataHash)) : fail({ ...verified.error, where });
    },
  });
}

export function lines(list: readonly string[]): string {
  return list.map(line => `${line}\n`).join('');
}
