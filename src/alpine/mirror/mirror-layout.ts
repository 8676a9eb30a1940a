/** The layout of a mirror, as on Alpine's CDN; every path is relative to the mirror and has only forward slashes. */

/** At the top of Alpine's web site, and of private mirrors that have a copy of it; Alpine's own mirrors have none. */
export const RELEASES_PATH = 'releases.json';

/** At the top of a sample mirror, which Alpine has not signed. */
export const SAMPLE_PATH = 'sample.json';

/** A repository is named by its folder for one architecture: `v3.20/main/x86_64`. */
export function indexPath(repository: string): string {
  return `${repository}/APKINDEX.tar.gz`;
}

export function packagePath(repository: string, entry: PackageName): string {
  return `${repository}/${packageFile(entry)}`;
}

export interface PackageName {
  readonly name: string;
  readonly version: string;
}

export function packageFile({ name, version }: PackageName): string {
  return `${name}-${version}.apk`;
}

/**
 * The small ISO for virtual machines; beside it are files of the same name with .sha256, .sha512 and .asc. `folder` is that of a branch:
 * 'v3.20' or 'edge'.
 */
export function isoPath(folder: string, arch: string, version: string): string {
  return `${folder}/releases/${arch}/alpine-virt-${version}-${arch}.iso`;
}

/** The folder of security databases, beside the branches: `secdb/v3.20/main.json`. */
export const SECDB = 'secdb';

/** `repository` is without an architecture: `v3.20/main`. */
export function secdbPath(repository: string): string {
  return `${SECDB}/${repository}.json`;
}
