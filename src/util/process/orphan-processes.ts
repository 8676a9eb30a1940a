/**
 * Kills processes that left their group, as `setsid` and daemons do, but whose working folder is still the folder of the action. Must not
 * kill a process with a terminal, because a user works there, or a process of a container, where a folder of the same name is a different
 * folder.
 */
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';

/** Returns their number. It looks at every process of the machine, so it must not be called for each of many small commands. */
export function endOrphanProcesses(folder: string): number {
  let ended = 0;
  const place = realPath(folder);
  for (const name of processes()) {
    if (!worksIn(name, place) || !seesOurFolders(name) || hasTerminal(name)) continue;
    try {
      process.kill(Number(name), 'SIGKILL');
      ended += 1;
    } catch {
      // It has already ended.
    }
  }
  return ended;
}

/** Without symbolic links, like the working folders in /proc. */
function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    // It no longer exists.
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
    // The process has ended, is a zombie, or belongs to another user.
    return false;
  }
}

/** Whether it has the same mount namespace: paths of another one look the same from here. */
function seesOurFolders(pid: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`) === readlinkSync('/proc/self/ns/mnt');
  } catch {
    return false;
  }
}

/**
 * Field 7 of stat, counted from the closing bracket because the name before it can contain anything: the device of the controlling
 * terminal, 0 for none.
 */
function hasTerminal(pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[4] !== '0';
  } catch {
    return false;
  }
}
