/**
 * Alpine's own packages in place of the sample's stand-ins: each keeps its bytes and with them Alpine's signature. Says only what their
 * .PKGINFO says; whether a signature holds is found out by whoever builds.
 */

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openArchive } from '../alpine/package/archive.ts';
import { type TarEntry, unpackTar } from '../formats/tar.ts';
import { type Digest, digestOf } from '../store/content/digest.ts';
import { compareUtf8 } from '../util/bytes.ts';
import { fail, ok, type Result } from '../util/result.ts';
import { type Apk, type PackageSpec, SCRIPT_NAMES } from './apk.ts';

export interface RealPackages {
  /** Of all names and bytes. */
  readonly digest: Digest;
  /** 3.19.1, by its alpine-base. */
  readonly release: string;
  /** When alpine-base was built, in seconds since the epoch. */
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
    if (apk === undefined) return fail(unusable(join(folder, name), 'it is no package of apk 2'));
    apks.push(apk);
    sums.push(`${name} ${digestOf(bytes).hash}\n`);
  }
  const base = apks.find(({ spec }) => spec.name === 'alpine-base');
  const release = /^(3\.\d+\.\d+)-r\d+$/.exec(base?.spec.version ?? '')?.[1];
  if (base === undefined || release === undefined) {
    return fail(unusable(folder, `${names.length} packages, and no alpine-base among them that says what they are of`));
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
  const sha1 = createHash('sha1').update(bytes.subarray(controlStart, controlEnd)).digest('base64');
  const fields = new Fields(Buffer.from(info).toString());
  return {
    spec: specOf(fields, control, files),
    fileName,
    bytes,
    checksum: `Q1${sha1}`,
    installedSize: Number(fields.one('size')),
  };
}

function specOf(fields: Fields, control: readonly TarEntry[], files: readonly TarEntry[]): PackageSpec {
  const scripts = SCRIPT_NAMES.flatMap(name => {
    const content = control.find(({ path }) => path === name)?.content;
    return content === undefined ? [] : [[name, content] as const];
  });
  return {
    name: fields.one('pkgname'),
    version: fields.one('pkgver'),
    description: fields.one('pkgdesc'),
    license: fields.one('license'),
    url: fields.one('url'),
    origin: fields.one('origin'),
    maintainer: fields.one('maintainer'),
    commit: fields.one('commit'),
    buildTime: Number(fields.one('builddate')),
    depends: fields.all('depend'),
    provides: fields.all('provides'),
    replaces: fields.all('replaces'),
    replacesPriority: fields.one('replaces_priority'),
    providerPriority: fields.one('provider_priority'),
    installIf: fields.all('install_if').flatMap(words => words.split(' ')),
    triggers: fields.all('triggers').flatMap(words => words.split(' ')),
    scripts: Object.fromEntries(scripts),
    files,
  };
}

/** Lines `key = value`; a key may come several times. */
class Fields {
  readonly #lines: readonly (readonly [string, string])[];

  constructor(text: string) {
    this.#lines = text.split('\n').flatMap(line => {
      const [, key = '', value = ''] = /^([a-z_]+) = (.*)$/.exec(line) ?? [];
      return key === '' ? [] : [[key, value] as const];
    });
  }

  all(key: string): readonly string[] {
    return this.#lines.flatMap(([name, value]) => (name === key ? [value] : []));
  }

  one(key: string): string {
    return this.all(key)[0] ?? '';
  }
}

function unusable(where: string, got: string) {
  return {
    code: 'AIB_BAD_PACKAGES',
    what: "The folder of Alpine's packages for the sample mirror cannot be used",
    where,
    got,
    hint: 'Give a folder with .apk files of one release for x86_64, alpine-base among them, or unset AIB_PACKAGES',
  } as const;
}
