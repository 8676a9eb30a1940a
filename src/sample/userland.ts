/**
 * Converts an Alpine minirootfs back into its packages: their names, versions, files, owners, modes, scripts and triggers come from its
 * package database. The packages are signed with the sample's key and never have Alpine's own bytes.
 *
 * lib/apk/db/installed is an index (see apkindex.ts) with these additional lines, in the order of the files:
 *
 *     F  folder of the files that follow     M  uid:gid:mode of that folder (default 0:0:755)
 *     R  file in that folder                 a  uid:gid:mode of that file (default 0:0:644)     Z  its checksum
 *
 * lib/apk/db/scripts.tar (or .tar.gz) contains NAME-VERSION.CHECKSUM.SCRIPT; lib/apk/db/triggers has lines of CHECKSUM and patterns.
 */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { type TarEntry, unpackTar } from '../formats/tar.ts';
import { type Digest, digestOf } from '../store/content/digest.ts';
import { fail, ok, type Result } from '../util/result.ts';
import { type PackageSpec, SCRIPT_NAMES, type ScriptName } from './apk.ts';
import type { ArchName } from './architecture.ts';

export interface Userland {
  readonly digest: Digest;
  /** 3.20.3 */
  readonly release: string;
  /** Time of the release in seconds since the epoch: that of its etc/alpine-release. */
  readonly time: number;
  readonly packages: readonly PackageSpec[];
  /** Files of alpine-base; a minirootfs has them without the package. */
  readonly baseFiles: readonly TarEntry[];
}

const BASE_FILES = ['etc/alpine-release', 'etc/issue', 'etc/os-release', 'etc/secfixes.d/alpine'];

export async function readUserland(path: string, arch: ArchName): Promise<Result<Userland>> {
  const refused = (got: string) => notMinirootfs(path, arch, got);
  let bytes: Buffer;
  const files = new Map<string, TarEntry>();
  try {
    bytes = await readFile(path);
    for (const entry of await unpackTar(gunzipSync(bytes))) files.set(entry.path.replace(/^\.\//, ''), entry);
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
  const release = text(files.get('etc/alpine-release')).trim();
  const installed = text(files.get('lib/apk/db/installed') ?? files.get('usr/lib/apk/db/installed'));
  if (!/^3\.\d+\.\d+/.test(release)) return refused(`etc/alpine-release with ${JSON.stringify(release)}`);
  if (installed === '') return refused('no lib/apk/db/installed in it');
  const others = new Set([...installed.matchAll(/^A:(.*)$/gm)].map(([, name = '']) => name));
  others.delete('noarch');
  others.delete(arch);
  if (others.size > 0) return refused(`packages for ${[...others].join(', ')}`);

  const scripts = await readScripts(files);
  const triggers = readTriggers(files);
  const packages = installed
    .split('\n\n')
    .filter(record => record.trim() !== '')
    .map(record => packageOf(record.split('\n'), files, scripts, triggers));
  const owned = new Set(packages.flatMap(spec => spec.files.map(file => file.path)));
  const baseFiles = BASE_FILES.filter(name => !owned.has(name)).flatMap(name => files.get(name) ?? []);
  const time = files.get('etc/alpine-release')?.mtime ?? 0;
  return ok({ digest: digestOf(bytes), release, time, packages, baseFiles: baseFiles.map(rooted) });
}

function packageOf(
  lines: readonly string[],
  tree: ReadonlyMap<string, TarEntry>,
  scripts: ReadonlyMap<string, Uint8Array>,
  triggers: ReadonlyMap<string, readonly string[]>,
): PackageSpec {
  const fields = new Map<string, string>();
  const files: TarEntry[] = [];
  let folder = '';
  for (const line of lines) {
    const value = line.slice(2);
    const last = files.at(-1);
    switch (line.charAt(0)) {
      case 'F':
        folder = value;
        if (folder !== '') files.push({ ...rooted(tree.get(folder) ?? empty(folder)), path: folder, mode: 0o755 });
        break;
      case 'R': {
        const path = folder === '' ? value : `${folder}/${value}`;
        const found = tree.get(path);
        if (found !== undefined) files.push({ ...rooted(found), path });
        break;
      }
      case 'M':
        if (last?.path === folder) files.splice(-1, 1, owned(last, value));
        break;
      case 'a':
        if (last !== undefined && last.path !== folder) files.splice(-1, 1, owned(last, value));
        break;
      case 'Z':
        break;
      default:
        fields.set(line.charAt(0), value);
    }
  }
  return specOf(fields, files, scripts, triggers);
}

function specOf(
  fields: ReadonlyMap<string, string>,
  files: readonly TarEntry[],
  scripts: ReadonlyMap<string, Uint8Array>,
  triggers: ReadonlyMap<string, readonly string[]>,
): PackageSpec {
  const word = (letter: string) => fields.get(letter) ?? '';
  const words = (letter: string) => word(letter).split(' ').filter(Boolean);
  const name = word('P');
  const version = word('V');
  const checksum = word('C');
  const own: Partial<Record<ScriptName, Uint8Array>> = {};
  for (const script of SCRIPT_NAMES) {
    const found = scripts.get(`${name}-${version}.${checksum}${script}`);
    if (found !== undefined) own[script] = found;
  }
  return {
    name,
    version,
    description: word('T'),
    license: word('L'),
    url: word('U'),
    origin: word('o'),
    maintainer: word('m'),
    commit: word('c'),
    buildTime: Number(word('t')),
    replacesPriority: word('q'),
    providerPriority: word('k'),
    depends: words('D'),
    provides: words('p'),
    replaces: words('r'),
    installIf: words('i'),
    triggers: triggers.get(checksum) ?? [],
    scripts: own,
    files,
  };
}

/** As in the package: 0:0 and 644, or 755 for folders, unless an a: or M: line follows. */
function rooted(entry: TarEntry): TarEntry {
  const { pax: _pax, ...rest } = entry;
  const path = entry.path.replace(/^\.\//, '');
  return { ...rest, path, uid: 0, gid: 0, uname: 'root', gname: 'root', mode: entry.type === 'file' ? 0o644 : 0o755 };
}

function owned(entry: TarEntry, value: string): TarEntry {
  const [uid = '0', gid = '0', mode = '644'] = value.split(':');
  const group = Number(gid) === 42 ? 'shadow' : 'root';
  return { ...entry, uid: Number(uid), gid: Number(gid), mode: Number.parseInt(mode, 8), uname: 'root', gname: group };
}

function empty(path: string): TarEntry {
  return { path, type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0 };
}

async function readScripts(files: ReadonlyMap<string, TarEntry>): Promise<ReadonlyMap<string, Uint8Array>> {
  const scripts = new Map<string, Uint8Array>();
  for (const [path, entry] of files) {
    if (!/lib\/apk\/db\/scripts\.tar(\.gz)?$/.test(path)) continue;
    const content = Buffer.from(entry.content ?? []);
    for (const script of await unpackTar(path.endsWith('.gz') ? gunzipSync(content) : content)) {
      scripts.set(script.path, script.content ?? Buffer.alloc(0));
    }
  }
  return scripts;
}

function readTriggers(files: ReadonlyMap<string, TarEntry>): ReadonlyMap<string, readonly string[]> {
  const triggers = new Map<string, readonly string[]>();
  for (const line of text(files.get('lib/apk/db/triggers') ?? files.get('usr/lib/apk/db/triggers')).split('\n')) {
    const [checksum, ...patterns] = line.split(' ');
    if (checksum !== undefined && checksum !== '') triggers.set(checksum, patterns);
  }
  return triggers;
}

function text(entry: TarEntry | undefined): string {
  return Buffer.from(entry?.content ?? []).toString();
}

function notMinirootfs(path: string, arch: ArchName, got: string): Result<never> {
  return fail({
    code: 'AIB_BAD_USERLAND',
    what: `The userland is not an Alpine minirootfs for ${arch}`,
    where: path,
    got,
    hint: `pass an alpine-minirootfs-3.…-${arch}.tar.gz as Alpine publishes it, or none`,
  });
}
