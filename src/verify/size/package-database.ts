/**
 * Reads apk's database of installed packages: the dependencies and the paths of each package. It may come from anybody, so it never trusts
 * a path or a size without a check.
 *
 * `lib/apk/db/installed` has a record for each package, as in an APKINDEX (`src/alpine/package/apkindex.ts`), and after those lines:
 *
 *     F  a folder, without a leading slash; empty for the root       M  its owner and mode
 *     R  a file of that folder                                       a  its owner and mode     Z  its checksum
 */
import { posix } from 'node:path';
import { type IndexPackage, parseApkIndex } from '../../alpine/package/apkindex.ts';
import { splitDependencies } from '../../alpine/package/dependency.ts';
import { damaged } from '../reading/random-access.ts';
import type { Volume, VolumeFile } from '../reading/volume.ts';
import { fromRoot } from './volume-use.ts';

export interface PackageDatabase {
  readonly packages: readonly IndexPackage[];
  /** Names of the packages that have a path; a folder may belong to many. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
  /** The requested packages, from /etc/apk/world. */
  readonly world: readonly string[];
}

const INSTALLED = '/lib/apk/db/installed';
/** The limit of Linux on links in one path. */
const MOST_LINKS = 40;
/** Limit for reading a file at once, in bytes. */
const LARGEST = 64 << 20;
/** The limit of Linux. */
const LONGEST_PATH = 4_096;

/** Undefined if there is no database. */
export function packageDatabase(volume: Volume): PackageDatabase | undefined {
  const files = new Map([...volume.files].map(([path, file]) => [fromRoot(path), file]));
  const text = textOf(files.get(realPath(INSTALLED, files)));
  if (text === undefined) return undefined;
  const read = parseApkIndex(text, INSTALLED);
  if (!read.ok)
    throw damaged(`the package database is invalid at ${read.error.where ?? INSTALLED}: ${read.error.got ?? ''}`);
  return {
    packages: read.value,
    owners: ownersIn(text, path => realPath(path, files)),
    world: splitDependencies(textOf(files.get(realPath('/etc/apk/world', files))) ?? ''),
  };
}

type Files = ReadonlyMap<string, VolumeFile>;

function textOf(file: VolumeFile | undefined): string | undefined {
  if (file?.content === undefined) return undefined;
  if (file.size > LARGEST) throw damaged(`${file.path} has ${file.size} bytes; the limit is ${LARGEST}`);
  return Buffer.concat([...file.content()].map(({ bytes }) => bytes)).toString('utf8');
}

function ownersIn(database: string, real: (path: string) => string): ReadonlyMap<string, readonly string[]> {
  const owners = new Map<string, string[]>();
  const add = (path: string, name: string): void => {
    const known = owners.get(path);
    if (known === undefined) owners.set(path, [name]);
    else if (!known.includes(name)) known.push(name);
  };
  let [name, folder] = ['', '/'];
  for (const line of database.split('\n')) {
    const value = line.slice(2);
    if (line.startsWith('P:')) name = value;
    else if (line.startsWith('R:')) add(below(folder, value), name);
    else if (line.startsWith('F:')) {
      folder = real(`/${value}`);
      add(folder, name);
    }
  }
  return owners;
}

/** The paths of packages may contain folders that are links in the image, such as /lib with a merged /usr. */
function realPath(path: string, files: Files): string {
  let links = 0;
  const real = (way: string): string => {
    if (way === '/' || way.length > LONGEST_PATH) return way;
    const above = real(posix.dirname(way));
    const here = below(above, posix.basename(way));
    const facts = files.get(here)?.facts;
    if (facts?.get('type') !== 'link' || links === MOST_LINKS) return here;
    links += 1;
    return real(posix.resolve(above, facts.get('target') ?? ''));
  };
  return real(posix.resolve(path));
}

function below(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}
