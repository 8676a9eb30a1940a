/**
 * Alpine's own packages as replacements of the sample's stand-ins: each keeps its bytes and Alpine's signature. Reads only their .PKGINFO,
 * and never checks signatures: a build does.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openArchive } from '../alpine/package/archive.ts';
import { controlChecksum } from '../alpine/package/control-checksum.ts';
import { packageFields } from '../alpine/package/pkginfo.ts';
import { type TarEntry, unpackTar } from '../formats/tar.ts';
import { type Digest, digestOf } from '../store/content/digest.ts';
import { compareUtf8 } from '../util/bytes.ts';
import { fail, ok, type Result } from '../util/result.ts';
import { type Apk, type PackageSpec, SCRIPT_NAMES } from './apk.ts';

export interface RealPackages {
  /** Digest of all names and bytes. */
  readonly digest: Digest;
  /** 3.19.1, from alpine-base. */
  readonly release: string;
  /** Build time of alpine-base, in seconds since the epoch. */
  readonly time: number;
  readonly apks: readonly Apk[];
}

const MAX_CONTROL = 1 << 20;

export async function readRealPackages(folder: string): Promise<Result<RealPackages>> {
  const names = (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.apk')).sort(compareUtf8);
  const apks: Apk[] = [];
  const sums: string[] = [];
  for (const name of names) {
    const bytes = await readFile(join(folder, name));
    const apk = await readApk(name, bytes);
    if (apk === undefined) return fail(unusable(join(folder, name), 'it is not a package of apk 2'));
    apks.push(apk);
    sums.push(`${name} ${digestOf(bytes).hash}\n`);
  }
  const base = apks.find(({ spec }) => spec.name === 'alpine-base');
  const release = /^(3\.\d+\.\d+)-r\d+$/.exec(base?.spec.version ?? '')?.[1];
  if (base === undefined || release === undefined) {
    return fail(unusable(folder, `${names.length} packages, but no alpine-base, which determines their release`));
  }
  return ok({ digest: digestOf(sums.join('')), release, time: base.spec.buildTime, apks });
}

async function readApk(fileName: string, bytes: Buffer): Promise<Apk | undefined> {
  const opened = await openArchive(bytes, MAX_CONTROL);
  if (opened.kind !== 'parts') return undefined;
  const { files: control, controlStart, controlEnd } = opened.archive;
  const info = control.find(({ path }) => path === '.PKGINFO')?.content;
  if (info === undefined) return undefined;
  const files = await unpackTar(gunzipSync(bytes.subarray(controlEnd)));
  const fields = packageFields(Buffer.from(info).toString());
  return {
    spec: specOf(fields, control, files),
    fileName,
    bytes,
    checksum: controlChecksum(bytes.subarray(controlStart, controlEnd)),
    installedSize: Number(fields.get('size')?.[0] ?? ''),
  };
}

function specOf(
  fields: ReadonlyMap<string, readonly string[]>,
  control: readonly TarEntry[],
  files: readonly TarEntry[],
): PackageSpec {
  const all = (key: string): readonly string[] => fields.get(key) ?? [];
  const one = (key: string): string => all(key)[0] ?? '';
  const scripts = SCRIPT_NAMES.flatMap(name => {
    const content = control.find(({ path }) => path === name)?.content;
    return content === undefined ? [] : [[name, content] as const];
  });
  return {
    name: one('pkgname'),
    version: one('pkgver'),
    description: one('pkgdesc'),
    license: one('license'),
    url: one('url'),
    origin: one('origin'),
    maintainer: one('maintainer'),
    commit: one('commit'),
    buildTime: Number(one('builddate')),
    depends: all('depend'),
    provides: all('provides'),
    replaces: all('replaces'),
    replacesPriority: one('replaces_priority'),
    providerPriority: one('provider_priority'),
    installIf: all('install_if').flatMap(words => words.split(' ')),
    triggers: all('triggers').flatMap(words => words.split(' ')),
    scripts: Object.fromEntries(scripts),
    files,
  };
}

function unusable(where: string, got: string) {
  return {
    code: 'AIB_BAD_PACKAGES',
    what: 'The folder of Alpine packages for the sample mirror is invalid',
    where,
    got,
    hint: 'pass a folder with .apk files of one release for x86_64, including alpine-base, or unset AIB_PACKAGES',
  } as const;
}
