/**
 * A mirror for benchmarks: every version and architecture of the whole matrix, with package indexes as long as Alpine's that contain
 * everything that the configurations request. Its packages have no files, and its ISOs have a few bytes, because only the creation of a
 * lock is measured.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isoPath } from '../src/alpine/mirror/mirror-layout.ts';
import { parseDependency } from '../src/alpine/package/dependency.ts';
import type { ImageConfig } from '../src/config/image/image-config.ts';
import { packTar } from '../src/formats/tar.ts';
import { FIRMWARE_PACKAGES } from '../src/rules/firmware-packages.ts';
import { packageSet } from '../src/rules/package-set.ts';
import { toolboxPackages } from '../src/rules/toolbox-packages.ts';
import { gzip, member, signatureMember } from '../src/sample/apk.ts';
import { FULL_INDEX, fillerRecords } from '../src/sample/filler.ts';
import { signRelease } from '../src/sample/sign-release.ts';

/** 2024-09-06 */
const TIME = 1_725_580_800;
/** The number of libraries on which packages depend, so that closures are as large as Alpine's. */
const LIBRARIES = 90;
const LIBRARIES_EACH = 6;

export interface PaddedMirror {
  readonly indexes: number;
  /** Number of records in each index. */
  readonly records: number;
}

/** `releases` is the text of releases.json. */
export async function writePaddedMirror(
  folder: string,
  releases: string,
  configs: readonly ImageConfig[],
): Promise<PaddedMirror> {
  const put = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  const architectures = [...new Set(configs.map(({ arch }) => arch))];
  const list = JSON.parse(releases) as { readonly release_branches: readonly object[] };
  put(
    'releases.json',
    JSON.stringify({ release_branches: list.release_branches.map(each => ({ ...each, arches: architectures })) }),
  );
  put('sample.json', '{}\n');
  const wanted = new Map<string, Set<string>>();
  for (const config of configs) {
    const set = packageSet(config);
    if (!set.ok) throw new Error(set.error.what);
    const [main = { path: '' }, ...others] = set.value.repositories;
    const tools = [...toolboxPackages(config.arch), FIRMWARE_PACKAGES[config.arch]?.name ?? ''];
    const names = [...set.value.world.map(nameIn), ...tools].filter(name => name !== '');
    wanted.set(main.path, new Set([...(wanted.get(main.path) ?? []), ...names]));
    for (const { path } of others) wanted.set(path, wanted.get(path) ?? new Set());
    if (config.version === 'edge') continue;
    const iso = isoPath(`v${config.version}`, config.arch, config.release);
    const content = `no ISO: ${iso}`;
    put(iso, content);
    for (const algorithm of ['sha256', 'sha512'])
      put(`${iso}.${algorithm}`, `${createHash(algorithm).update(content).digest('hex')}  ${iso.split('/').at(-1)}\n`);
    put(`${iso}.asc`, await signRelease(Buffer.from(content), TIME));
  }
  for (const [path, names] of wanted) put(`${path}/APKINDEX.tar.gz`, await packedIndex(path, [...names].sort()));
  return { indexes: wanted.size, records: FULL_INDEX };
}

function nameIn(text: string): string {
  const dependency = parseDependency(text);
  return dependency.ok ? dependency.value.name : '';
}

/** The named packages and the libraries that they need, among packages that are not requested. */
async function packedIndex(path: string, names: readonly string[]): Promise<Uint8Array> {
  const arch = path.split('/').at(-1) ?? '';
  const libraries = names.length === 0 ? [] : Array.from({ length: LIBRARIES }, (_, index) => `bench-lib${index}`);
  const records = [
    ...names.map((name, index) => {
      const needs = Array.from({ length: LIBRARIES_EACH }, (_, each) => libraries[(index * 7 + each * 11) % LIBRARIES]);
      return record(name, arch, `D:${needs.join(' ')}\n`);
    }),
    ...libraries.map(name => record(name, arch, '')),
  ];
  const filler = fillerRecords(arch, FULL_INDEX - records.length, TIME);
  const branch = path.split('/')[0] ?? '';
  const index = gzip(
    await packTar([
      member('DESCRIPTION', Buffer.from(`${branch}.0-0-gbench`), 0o644, TIME),
      member('APKINDEX', Buffer.from(records.join('') + filler), 0o644, TIME),
    ]),
  );
  return Buffer.concat([await signatureMember(index), index]);
}

function record(name: string, arch: string, more: string): string {
  const sum = createHash('sha1').update(`${name} ${arch}`).digest('base64');
  // New enough for tools that require a minimum version.
  return `C:Q1${sum}\nP:${name}\nV:2.0-r0\nA:${arch}\nS:1000\nI:1000\nT:t\nU:u\nL:MIT\no:${name}\nt:${TIME}\n${more}\n`;
}
