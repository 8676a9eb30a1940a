/**
 * The limits of a machine for programs that write: a failure with a remedy for each, for errors of aib, SQLite and QEMU. Errors of other
 * kinds must not match. These texts are part of drive.mjs, and so of action keys.
 */
import type { Failure } from '../failure.ts';

interface Limit {
  /** The text of the C library, because some programs print only that. */
  readonly words: string;
  readonly what: string;
  readonly hint: string;
}

const ROOM = 'free some space, or choose a roomier place with --cache DIR';

/** By the name of the error. */
const LIMITS: Readonly<Record<string, Limit>> = {
  ENOSPC: { words: 'No space left on device', what: 'There is no room left on the disk', hint: ROOM },
  SQLITE_FULL: { words: 'database or disk is full', what: 'There is no room left on the disk', hint: ROOM },
  EDQUOT: { words: 'Disk quota exceeded', what: "The disk's quota is used up", hint: ROOM },
  EFBIG: {
    words: 'File too large',
    what: 'A file grew beyond what the filesystem or a limit allows',
    hint: 'raise ulimit -f, or choose a place that holds larger files with --cache DIR',
  },
  EROFS: {
    words: 'Read-only file system',
    what: 'The disk can only be read',
    hint: 'mount it so that it can be written to, or choose another place with --cache DIR',
  },
  EMFILE: {
    words: 'Too many open files',
    what: 'Too many files are open at a time',
    hint: 'raise ulimit -n, or build with a smaller -j',
  },
  ENFILE: {
    words: 'Too many open files in system',
    what: 'Too many files are open on this machine',
    hint: 'end what holds them, or build with a smaller -j',
  },
};

/** By the code of a thrown error; undefined for any other. */
export function fullDisk(code: string, got: string): Failure | undefined {
  const limit = Object.hasOwn(LIMITS, code) ? LIMITS[code] : undefined;
  return limit === undefined ? undefined : { code: 'AIB_STORE_FULL', what: limit.what, got, hint: limit.hint };
}

/** By the last output of a program: `…: No space left on device`. */
export function fullDiskInWords(text: string): Failure | undefined {
  const lines = text.split('\n').map(line => line.trimEnd());
  for (const [code, { words }] of Object.entries(LIMITS)) {
    const line = lines.find(each => each === words || each.endsWith(`: ${words}`));
    if (line !== undefined) return fullDisk(code, line);
  }
  return undefined;
}
