/** Whose a file is and what its rights are, in words for a message. Changes none of it. */
import { readFileSync, statSync } from 'node:fs';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
  /** A name, or `user 1001` where none is known. */
  readonly user: string;
  /** `group NAME`, or `group 1001`. */
  readonly group: string;
  /** As chmod takes it: `2775`. */
  readonly mode: string;
}

/** Undefined if nobody may look at it, or it is not there. */
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

/** Whether this process is in the group of this number. */
export function isMember(group: number): boolean {
  return process.getgid?.() === group || process.getgroups?.().includes(group) === true;
}

/** Both files have the name first and the number third. */
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
