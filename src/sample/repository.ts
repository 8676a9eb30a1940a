/**
 * Writes a repository's signed APKINDEX.tar.gz; lists the given packages, never the files in a folder.
 *
 * Two gzip members: the signature (see apk.ts), which covers the bytes of the second, and a tar of DESCRIPTION and APKINDEX.
 */
import { packTar } from '../formats/tar.ts';
import { compareUtf8 } from '../util/bytes.ts';
import { type Apk, gzip, member, signatureMember } from './apk.ts';
import type { ArchName } from './architecture.ts';

/** `more` are records of packages without files. */
export async function packIndex(
  arch: ArchName,
  apks: readonly Apk[],
  description: string,
  time: number,
  more = '',
): Promise<Uint8Array> {
  const sorted = [...apks].sort((a, b) => compareUtf8(a.fileName, b.fileName));
  const index = gzip(
    await packTar([
      member('DESCRIPTION', Buffer.from(description), 0o644, time),
      member('APKINDEX', Buffer.from(sorted.map(apk => record(apk, arch)).join('') + more), 0o644, time),
    ]),
  );
  return Buffer.concat([await signatureMember(index), index]);
}

/** With the architecture of the repository, also for packages with noarch: as in Alpine's indexes. */
function record({ spec, checksum, bytes, installedSize }: Apk, arch: ArchName): string {
  const fields: [string, string | undefined][] = [
    ['C', checksum],
    ['P', spec.name],
    ['V', spec.version],
    ['A', arch],
    ['S', String(bytes.byteLength)],
    ['I', String(installedSize)],
    ['T', spec.description],
    ['U', spec.url],
    ['L', spec.license],
    ['o', spec.origin ?? spec.name],
    ['m', spec.maintainer],
    ['t', String(spec.buildTime)],
    ['c', spec.commit],
    ['k', spec.providerPriority],
    ['D', spec.depends?.join(' ')],
    ['p', spec.provides?.join(' ')],
    ['i', spec.installIf?.join(' ')],
    ['r', spec.replaces?.join(' ')],
  ];
  const present = fields.filter(([, value]) => value !== undefined && value !== '');
  return `${present.map(([key, value]) => `${key}:${value}\n`).join('')}\n`;
}
