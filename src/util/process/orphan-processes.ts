/**
 * Ends processes that left their group, as `setsid` and daemons do, but still work in a folder that was theirs. Never ends one that has a
 * terminal: somebody looks around there; nor one of a container, where a folder of the same name is another folder.
 */
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';

/** Gives how many there were. Costs a look at every process: not for each of many small commands. */
export function endOrphanProcesses(folder: string): number {
  let ended = 0;
  const place = realPath(folder);
  for (const name of processes()) {
    if (!worksIn(name, place) || !seesOurFolders(name) || hasTerminal(name)) continue;
    try {
      process.kill(Number(name), 'SIGKILL');
      ended += 1;
    } catch {
      // It ended by itself.
    }
  }
  return ended;
}

/** As processes have it: by no link. */
function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    // It is gone.
    return folder;
  }
}

function processes(): readonly string[] {
  try {
    return readdirSync('/proc').filter(name => /^[1-9]/.test(name) && Number(name) !== process.pid);
  } catch {
    return [];
  }
}

function worksIn(pid: string, folder: string): boolean {
  try {
    const place = readlinkSync(`/proc/${pid}/cwd`);
    return place === folder || place === `${folder} (deleted)` || place.startsWith(`${folder}/`);
  } catch {
    // Gone, a zombie, or somebody else's.
    return false;
  }
}

/** Whether its paths are ours: those of another mount namespace look the same from here. */
function seesOurFolders(pid: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`) === readlinkSync('/proc/self/ns/mnt');
  } catch {
    return false;
  }
}

/** Field 7 of stat, after the name in brackets, which may hold anything: the device of the controlling terminal, 0 for none. */
function hasTerminal(pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[4] !== '0';
  } catch {
    return false;
  }
}
