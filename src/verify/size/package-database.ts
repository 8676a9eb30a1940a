/**
 * Reads apk's database of installed packages: what each needs, and which paths it has. It may be anybody's, so what cannot be is told as damage.
 *
 * `lib/apk/db/installed` has a record for each package, as an APKINDEX has it (`src/alpine/package/apkindex.ts`), and after those lines:
 *
 *     F  a folder, without a slash in front; empty for the root      M  its owner and mode
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
  /** Names of the packages that have a path; a folder may be of many. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
  /** What was asked for, as /etc/apk/world has it. */
  readonly world: readonly string[];
}

const INSTALLED = '/lib/apk/db/installed';
/** As many as Linux follows on the way to one file. */
const MOST_LINKS = 40;
/** Of a file that is read whole, in bytes. */
const LARGEST = 64 << 20;
/** Linux opens none that is longer. */
const LONGEST_PATH = 4_096;

/** Undefined if nothing is there. */
export function packageDatabase(volume: Volume): PackageDatabase | undefined {
  const files = new Map([...volume.files].map(([path, file]) => [fromRoot(path), file]));
  const text = textOf(files.get(realPath(INSTALLED, files)));
  if (text === undefined) return undefined;
  const read = parseApkIndex(text, INSTALLED);
  if (!read.ok)
    throw damaged(
      `the database of packages makes no sense at ${read.error.where ?? INSTALLED}: ${read.error.got ?? ''}`,
    );
  return {
    packages: read.value,
    owners: ownersIn(text, path => realPath(path, files)),
    world: splitDependencies(textOf(files.get(realPath('/etc/apk/world', files))) ?? ''),
  };
}

type Files = ReadonlyMap<string, VolumeFile>;

function textOf(file: VolumeFile | undefined): string | undefined {
  if (file?.content === undefined) return undefined;
  if (file.size > LARGEST) throw damaged(`${file.path} has ${file.size} bytes, more than ${LARGEST}`);
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

/** Packages name paths by folders that may be links in the image, as /lib is where /usr has everything. */
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
