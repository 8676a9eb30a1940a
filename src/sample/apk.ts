/**
 * Writes one signed v2 package as abuild does; never reads a clock or a file, so equal specifications result in equal bytes.
 *
 *     signature.gz   tar of .SIGN.RSA.<key>: RSA PKCS #1 v1.5 with SHA-1 over the bytes of control.gz
 *     control.gz     tar of .PKGINFO (with datahash, the SHA-256 of data.gz) and the scripts, .pre-install …
 *     data.gz        tar of the files, each with a PAX record APK-TOOLS.checksum.SHA1
 *
 * The first two tars have no end-of-archive blocks, so that all three inflate to one archive.
 */
import { createHash, sign } from 'node:crypto';
import { gzipSync } from 'fflate';
import { packageFile } from '../alpine/mirror/mirror-layout.ts';
import { controlChecksum } from '../alpine/package/control-checksum.ts';
import { SAMPLE_KEY_NAME } from '../alpine/package/sample-trust.ts';
import { packTar, type TarEntry } from '../formats/tar.ts';
import { compareUtf8 } from '../util/bytes.ts';
import type { ArchName } from './architecture.ts';
import { SAMPLE_PRIVATE_KEY } from './key.ts';

export interface PackageSpec {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly url?: string;
  readonly origin?: string;
  readonly maintainer?: string;
  readonly commit?: string;
  /** Seconds since the epoch, also for files without a time. */
  readonly buildTime: number;
  readonly depends?: readonly string[];
  readonly provides?: readonly string[];
  readonly replaces?: readonly string[];
  readonly replacesPriority?: string;
  readonly providerPriority?: string;
  readonly installIf?: readonly string[];
  /** Patterns of folders; a script `.trigger` runs when one of them changes. */
  readonly triggers?: readonly string[];
  readonly scripts?: Readonly<Partial<Record<ScriptName, Uint8Array>>>;
  /** In any order; missing parents are added, with owner root and mode 755. */
  readonly files: readonly TarEntry[];
}

export const SCRIPT_NAMES = [
  '.pre-install',
  '.post-install',
  '.pre-upgrade',
  '.post-upgrade',
  '.pre-deinstall',
  '.post-deinstall',
  '.trigger',
] as const;
export type ScriptName = (typeof SCRIPT_NAMES)[number];

export interface Apk {
  readonly spec: PackageSpec;
  /** The name in a repository: NAME-VERSION.apk */
  readonly fileName: string;
  readonly bytes: Uint8Array;
  /** The checksum for the index: Q1 and the base64 SHA-1 of control.gz. */
  readonly checksum: string;
  /** Bytes of all files. */
  readonly installedSize: number;
}

export async function packApk(spec: PackageSpec, arch: ArchName): Promise<Apk> {
  const files = withParents(spec.files, spec.buildTime);
  const installedSize = files.reduce((sum, file) => sum + (file.content?.byteLength ?? 0), 0);
  const data = gzip(await packTar(files.map(withChecksum)));
  const info = packageInfo(spec, arch, installedSize, createHash('sha256').update(data).digest('hex'));
  const members: TarEntry[] = [member('.PKGINFO', Buffer.from(info), 0o644, spec.buildTime)];
  for (const name of SCRIPT_NAMES) {
    const script = spec.scripts?.[name];
    if (script !== undefined) members.push(member(name, script, 0o755, spec.buildTime));
  }
  const control = gzip(await packTar(members, { endOfArchive: false }));
  return {
    spec,
    fileName: packageFile(spec),
    bytes: Buffer.concat([await signatureMember(control), control, data]),
    checksum: controlChecksum(control),
    installedSize,
  };
}

/** The gzip member with a signature, which precedes the signed bytes: the control member of a package, or the index. */
export async function signatureMember(signed: Uint8Array): Promise<Uint8Array> {
  const signature = sign('sha1', signed, SAMPLE_PRIVATE_KEY);
  return gzip(await packTar([member(`.SIGN.RSA.${SAMPLE_KEY_NAME}`, signature, 0o644, 0)], { endOfArchive: false }));
}

/** With a library, because the output of node:zlib depends on the version of Node; without name and time. */
export function gzip(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes, { level: 6, mtime: 0 });
}

export function member(path: string, content: Uint8Array, mode: number, mtime: number): TarEntry {
  return { path, type: 'file', mode, uid: 0, gid: 0, uname: 'root', gname: 'root', mtime, content };
}

function withParents(files: readonly TarEntry[], mtime: number): readonly TarEntry[] {
  const byPath = new Map(files.map(file => [file.path, file]));
  for (const { path } of files) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const parent = path.slice(0, at);
      if (byPath.has(parent)) continue;
      byPath.set(parent, {
        path: parent,
        type: 'directory',
        mode: 0o755,
        uid: 0,
        gid: 0,
        uname: 'root',
        gname: 'root',
        mtime,
      });
    }
  }
  return [...byPath.values()].sort((a, b) => compareUtf8(a.path, b.path));
}

function withChecksum(file: TarEntry): TarEntry {
  const content = file.type === 'symlink' ? Buffer.from(file.linkTarget ?? '') : file.content;
  if (content === undefined) return file;
  const sha1 = createHash('sha1').update(content).digest('hex');
  return { ...file, pax: { ...file.pax, 'APK-TOOLS.checksum.SHA1': sha1 } };
}

function packageInfo(spec: PackageSpec, arch: ArchName, size: number, datahash: string): string {
  const lines: [string, string | undefined][] = [
    ['pkgname', spec.name],
    ['pkgver', spec.version],
    ['pkgdesc', spec.description],
    ['url', spec.url],
    ['builddate', String(spec.buildTime)],
    ['packager', 'aib, sample mirror'],
    ['size', String(size)],
    ['arch', arch],
    ['origin', spec.origin ?? spec.name],
    ['commit', spec.commit],
    ['maintainer', spec.maintainer],
    ['replaces_priority', spec.replacesPriority],
    ['provider_priority', spec.providerPriority],
    ['license', spec.license],
    ...several('replaces', spec.replaces),
    ...several('depend', spec.depends),
    ...several('provides', spec.provides),
    ['install_if', spec.installIf?.join(' ')],
    ['triggers', spec.triggers?.join(' ')],
    ['datahash', datahash],
  ];
  const present = lines.filter(([, value]) => value !== undefined && value !== '');
  return `# Made by aib for its sample mirror\n${present.map(([key, value]) => `${key} = ${value}\n`).join('')}`;
}

function several(key: string, values: readonly string[] = []): [string, string][] {
  return values.map(value => [key, value]);
}
