/** Where things lie on a mirror, as Alpine's CDN lays them out; every path is relative to the mirror and has forward slashes only. */

/** At the top of Alpine's web site, and of a mirror that somebody put it on; Alpine's own mirrors have none. */
export const RELEASES_PATH = 'releases.json';

/** `folder` is a branch's: 'v3.20' or 'edge'. */
export function indexPath(folder: string, repository: string, arch: string): string {
  return `${folder}/${repository}/${arch}/APKINDEX.tar.gz`;
}

export function packagePath(
  folder: string,
  repository: string,
  arch: string,
  entry: { readonly name: string; readonly version: string },
): string {
  return `${folder}/${repository}/${arch}/${entry.name}-${entry.version}.apk`;
}

/** The small ISO for virtual machines; beside it lie the same name with .sha256, .sha512 and .asc. */
export function isoPath(folder: string, arch: string, version: string): string {
  return `${folder}/releases/${arch}/alpine-virt-${version}-${arch}.iso`;
}
