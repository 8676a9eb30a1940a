/**
 * The two operations of the loader on a file system; injected, so that tests need none. Must not block: a pipe or a device is refused
 * before reading.
 */
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs';

export interface FileAccess {
  /** The path with every symbolic link resolved; undefined if the file does not exist. */
  readonly realPath: (path: string) => string | undefined;
  /** At most `maxBytes` bytes of a regular file. */
  readonly read: (path: string, maxBytes: number) => FileContent;
}

export type FileContent =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'absent' }
  | { readonly kind: 'directory' }
  | { readonly kind: 'too large' }
  /** Why, as an error code of the operating system or as a text. */
  | { readonly kind: 'unreadable'; readonly reason: string };

export const diskAccess: FileAccess = { realPath, read };

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    // A later read of the file reports the reason.
    return undefined;
  }
}

function read(path: string, maxBytes: number): FileContent {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    return refusal(error);
  }
  try {
    const stat = fstatSync(file);
    if (stat.isDirectory()) return { kind: 'directory' };
    if (!stat.isFile()) return { kind: 'unreadable', reason: 'it is not a regular file' };
    if (stat.size > maxBytes) return { kind: 'too large' };
    return readAll(file, stat.size, maxBytes);
  } catch (error) {
    return refusal(error);
  } finally {
    closeSync(file);
  }
}

/** To the current end of the file: it may have grown since fstat. */
function readAll(file: number, size: number, maxBytes: number): FileContent {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(Math.max(size + 1 - total, 4096));
    const count = readSync(file, chunk);
    if (count === 0) return { kind: 'bytes', bytes: Buffer.concat(chunks, total) };
    chunks.push(chunk.subarray(0, count));
    total += count;
    if (total > maxBytes) return { kind: 'too large' };
  }
}

function refusal(error: unknown): FileContent {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'absent' } : { kind: 'unreadable', reason: code };
}
