/** The owner and the permissions of a file, as words for a message. Changes nothing. */
import { readFileSync, statSync } from 'node:fs';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
  /** A name, or `user 1001` if the name is unknown. */
  readonly user: string;
  /** `group NAME`, or `group 1001`. */
  readonly group: string;
  /** As for chmod: `2775`. */
  readonly mode: string;
}

/** Undefined if the file does not exist or is not accessible. */
export function ownerOf(path: string): Owner | undefined {
  try {
    const { uid, gid, mode } = statSync(path);
    return {
      ...{ uid, gid },
      user: nameIn('/etc/passwd', uid) ?? `user ${uid}`,
      group: `group ${nameIn('/etc/group', gid) ?? gid}`,
      mode: (mode & 0o7777).toString(8),
    };
  } catch {
    return undefined;
  }
}

/** Whether this process is in the group with this id. */
export function isMember(group: number): boolean {
  return process.getgid?.() === group || process.getgroups?.().includes(group) === true;
}

/** In both files the name is the first field and the id the third. */
function nameIn(file: string, id: number): string | undefined {
  try {
    const line = readFileSync(file, 'utf8')
      .split('\n')
      .find(each => each.split(':')[2] === String(id));
    return line?.split(':')[0];
  } catch {
    return undefined;
  }
}
