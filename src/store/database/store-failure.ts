/**
 * Turns errors of the operating system and of SQLite into failures: a full disk is not a bug, and the user can fix it. Never handles an
 * error with another cause.
 */
import type { Failure } from '../../util/failure.ts';
import { fullDisk } from '../../util/files/full-disk.ts';

const NO_LOCKS = /^(ENOLCK|SQLITE_PROTOCOL|SQLITE_IOERR_(LOCK|RDLOCK|UNLOCK|CHECKRESERVEDLOCK))$/;
const REFUSED =
  /^(EACCES|EPERM|EIO|ENOENT|ENOTDIR|EISDIR|ELOOP|ENAMETOOLONG|ESTALE|SQLITE_(IOERR|READONLY|BUSY|CANTOPEN|CORRUPT|NOTADB)(_.*)?)$/;

/** The failure behind a thrown error; undefined if the error can only be a bug. */
export function storeFailure(error: unknown): Failure | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const full = fullDisk(error.code, error.message);
  if (full !== undefined) return full;
  if (NO_LOCKS.test(error.code)) {
    return {
      code: 'AIB_STORE_LOCK',
      what: 'The filesystem of the store does not support file locks, which separate two builds',
      got: `${error.message} (${error.code})`,
      hint: 'mount it with lock support, or keep the store on a local disk with --cache DIR',
    };
  }
  if (!REFUSED.test(error.code)) return undefined;
  return {
    code: 'AIB_STORE_ACCESS',
    what: 'A file that the build requires cannot be read or written',
    got: error.message,
    hint: 'check the disk and the permissions of the cache folder, then build again',
  };
}

/** For optional data: if it cannot be written, nothing fails. */
export function ifThereIsRoom(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (storeFailure(error) === undefined) throw error;
  }
}
