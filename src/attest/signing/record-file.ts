/**
 * Files that a user names: read completely, up to a limit, and written completely or not at all. Never waits for a pipe, and never reads
 * without a limit.
 */
import { accessSync, constants, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { discard } from '../../util/files/remove-tree.ts';
import { fail, ok, type Result } from '../../util/result.ts';

export function readWhole(path: string, most: number): Result<Buffer> {
  const unreadable = (got: string) =>
    fail({ code: 'AIB_RECORD', what: 'The file cannot be read', where: path, got } as const);
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return unreadable('not a regular file');
    return stats.size > most ? unreadable(`${stats.size} bytes; the limit is ${most}`) : ok(readFileSync(path));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return unreadable(error.message);
  }
}

/** Checks before the work whether the record can be written after it. */
export function checkPlace(path: string): Result<void> {
  return writing(path, () => accessSync(dirname(path), constants.W_OK));
}

export function writeWhole(path: string, text: string): Result<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  const written = writing(path, () => {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  });
  if (!written.ok) discard(temporary);
  return written;
}

function writing(path: string, write: () => void): Result<void> {
  try {
    return ok(write());
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return fail({ code: 'AIB_CANNOT_WRITE', what: 'The record cannot be written', where: path, got: error.message });
  }
}
