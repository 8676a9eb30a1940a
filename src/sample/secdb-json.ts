/**
 * Writes a branch's security database, in Alpine's format. Its vulnerabilities are invented, with an impossible year, and never affect a
 * package of a sample mirror, with or without a userland or Alpine's own packages.
 */
import type { ArchName } from './architecture.ts';

/** By source package and by the version that fixed them: 0 if no version had them, otherwise older than every served version. */
const SECFIXES = {
  main: {
    'apk-tools': { '0.0.2-r0': ['CVE-0000-0001'] },
    busybox: {
      0: ['CVE-0000-0002'],
      '1.0.0-r0': ['CVE-0000-0003 AIB-0000-0001', 'CVE-0000-0004 (+ regression fix)'],
      // Twice, as for an incomplete first fix.
      '1.0.0-r1': ['CVE-0000-0003 AIB-0000-0001'],
      // Alpine's program writes an empty list like this.
      '1.0.0-r2': {},
    },
    openrc: { '0.0.1-r0': ['CVE_0000-0005', null] },
  },
  community: {
    'cloud-init': { 0: ['CVE-0000-0006'] },
    'tiny-cloud': { '0.0.3-r1': ['AIB-0000-0002'] },
  },
} as const;

/** `folder` is that of a branch: v3.20. */
export function secdbJson(folder: string, repository: 'main' | 'community', archs: readonly ArchName[]): string {
  const document = {
    note: "This is aib's sample mirror, not Alpine's. These vulnerabilities are made up.",
    apkurl: '{{urlprefix}}/{{distroversion}}/{{reponame}}/{{arch}}/{{pkg.name}}-{{pkg.ver}}.apk',
    archs,
    reponame: repository,
    urlprefix: 'https://dl-cdn.alpinelinux.org/alpine',
    distroversion: folder,
    packages: Object.entries(SECFIXES[repository]).map(([name, secfixes]) => ({ pkg: { name, secfixes } })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
