/**
 * The means of this machine to vary the environment of a run: each is tried before it is used, and if it does not work, the reason is
 * reported. Never changes the machine.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  opendirSync,
  readdirSync,
  realpathSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { removeTree } from '../../util/files/remove-tree.ts';
import { findOnPath } from '../../util/process/on-path.ts';

/** Words before a command; or `why` this does not work. */
export type Prefix =
  | { readonly works: true; readonly words: readonly string[] }
  | { readonly works: false; readonly why: string };

/** Days from now, so that year, month and day of the week differ. */
const FAR = 400;
/** Free MiB that a folder in memory must have: for a disk, a tree, packages. */
const ROOM = 6_144;
const MEMORY_FOLDER = '/dev/shm';

/** A date of the host that is `times` × 400 days later. The monotonic clock stays, so that waiting does not take years. */
export function anotherDate(times: number): Prefix {
  if (findOnPath('faketime') === undefined) return { works: false, why: 'faketime is not installed' };
  return tried(['env', 'FAKETIME_DONT_FAKE_MONOTONIC=1', 'faketime', '-f', `+${FAR * times}d`]);
}

/** Another host name, in a new namespace. */
export function anotherHostName(name: string): Prefix {
  const rename = ['/bin/sh', '-c', `echo ${name} >/proc/sys/kernel/hostname && exec "$@"`, 'sh'];
  const asRoot = tried(['unshare', '--uts', ...rename]);
  return asRoot.works ? asRoot : tried(['unshare', '--map-root-user', '--uts', ...rename]);
}

/** Another user id, as seen by the process; its access to files does not change. */
export function anotherUser(id: number): Prefix {
  return tried(['unshare', '--user', `--map-user=${id}`, `--map-group=${id}`]);
}

/** Another emulator with the same name. */
export function anotherEmulator(program: string): Prefix {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/bin', '/opt/qemu/bin'];
  const found = new Map<string, string>();
  for (const folder of folders) {
    const path = findOnPath(program, folder);
    if (path === undefined) continue;
    const real = realpathSync(path);
    if (!found.has(real)) found.set(real, folder);
  }
  const [, other] = [...found.values()];
  if (other === undefined) return { works: false, why: 'there is only one' };
  return tried(['/bin/sh', '-c', 'PATH="$0:$PATH" exec "$@"', other]);
}

/** A folder on a filesystem that lists files in the order of their creation, which the filesystem of the store usually does not. */
export function folderInOrder(): string | undefined {
  return [MEMORY_FOLDER, tmpdir()].find(folder => existsSync(folder) && hasRoom(folder) && listsInOrder(folder));
}

/** A folder of this process in such a folder. Removes what killed processes left there, because it occupies memory. */
export async function placeInOrder(folder: string): Promise<string> {
  for (const name of readdirSync(folder)) {
    const [, pid] = /^aib-verify-(\d+)$/.exec(name) ?? [];
    // Folders of running processes stay, and those of other users cannot be removed.
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await removeTree(join(folder, name)).catch(() => undefined);
  }
  return join(folder, `aib-verify-${process.pid}`);
}

function hasRoom(folder: string): boolean {
  const { bavail, bsize } = statfsSync(folder);
  return (bavail * bsize) / 2 ** 20 > ROOM;
}

function listsInOrder(folder: string): boolean {
  try {
    const [forward, backward] = [NAMES, [...NAMES].reverse()].map(names => {
      const own = mkdtempSync(join(folder, 'aib-order-'));
      for (const name of names) writeFileSync(join(own, name), '');
      const listed = namesAsListed(own);
      rmSync(own, { recursive: true });
      return listed.join();
    });
    return forward !== backward;
  } catch {
    return false;
  }
}

/** In the order of the filesystem, which Node's readdir does not keep. */
function namesAsListed(path: string): readonly string[] {
  const folder = opendirSync(path);
  const names: string[] = [];
  for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) names.push(entry.name);
  folder.closeSync();
  return names;
}

const NAMES = ['b', 'd', 'a', 'c', 'e'];

function tried(words: readonly string[]): Prefix {
  const [program = '', ...rest] = [...words, '/bin/sh', '-c', ':'];
  const { status, stderr } = spawnSync(program, rest, { encoding: 'utf8' });
  if (status === 0) return { works: true, words };
  const said = (stderr ?? '').trim().split('\n').at(-1) ?? '';
  return { works: false, why: said === '' ? `${program} does not work here` : said };
}
