/** Which packages of an image are others than before: from what was used then to what is used now, or would be. */
import type { Manifest } from '../../rules/kinds/package-folder.ts';
import type { PackageChange } from './explanation.ts';

/** Versions by name, by path of the index that lists them; as in a manifest, which says more. */
export type Versions = Readonly<Record<string, Readonly<Record<string, { readonly version: string }>>>>;

export function parseManifest(bytes: Uint8Array): Manifest {
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as Manifest;
}

/** By repository, then by name. One that moved from one repository to another went from there and came here. */
export function packageChanges(before: Versions, after: Versions): readonly PackageChange[] {
  const changes: PackageChange[] = [];
  for (const repository of union(before, after)) {
    const old = before[repository] ?? {};
    const now = after[repository] ?? {};
    for (const name of union(old, now)) {
      const [was, is] = [old[name]?.version, now[name]?.version];
      if (was === is) continue;
      changes.push({
        name,
        ...(was === undefined ? {} : { before: was }),
        ...(is === undefined ? {} : { after: is }),
        repository,
      });
    }
  }
  return changes;
}

function union(a: object, b: object): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}
