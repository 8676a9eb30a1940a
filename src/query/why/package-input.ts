/** Packages among the inputs of an action: their paths contain repository, name and version. */
import type { ListedPackage } from '../../rules/package-changes.ts';

/** `v3.20/main/x86_64/musl-1.2.5-r0.apk`; undefined for an input that is not a package. */
export function packageOfInput(input: string): ListedPackage | undefined {
  const [, repository, name, version] = /^(.+)\/([^/]+?)-(\d[^/-]*(?:-r\d+)?)\.apk$/.exec(input) ?? [];
  return repository === undefined || name === undefined || version === undefined
    ? undefined
    : { repository, name, version };
}
