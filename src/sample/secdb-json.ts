/**
 * Writes a branch's security database, in the shape of Alpine's. Its vulnerabilities are made up, of a year that no real one has, and no
 * package of a sample mirror has one, whichever of stand-ins, userland and Alpine's own packages it is made of.
 */
import type { ArchName } from './architecture.ts';

/** By source package and by the version that fixed them: 0 if none ever had them, else older than any that is served. */
const SECFIXES = {
  main: {
    'apk-tools': { '0.0.2-r0': ['CVE-0000-0001'] },
    busybox: {
      0: ['CVE-0000-0002'],
      '1.0.0-r0': ['CVE-0000-0003 AIB-0000-0001', 'CVE-0000-0004 (+ regression fix)'],
      // Twice, as where the first fix was incomplete.
      '1.0.0-r1': ['CVE-0000-0003 AIB-0000-0001'],
      // As Alpine's program writes an empty list.
      '1.0.0-r2': {},
    },
    openrc: { '0.0.1-r0': ['CVE_0000-0005', null] },
  },
  community: {
    'cloud-init': { 0: ['CVE-0000-0006'] },
    'tiny-cloud': { '0.0.3-r1': ['AIB-0000-0002'] },
  },
} as const;

/** `folder` is a branch's: v3.20. */
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
