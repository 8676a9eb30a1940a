/**
 * The log of one execution. Written synchronously, so that a command with a lot of output cannot fill the memory, and its last lines are in
 * the log even if aib dies. Never fails an action: after a write error the log is incomplete.
 */
import { closeSync, existsSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface LogFile {
  /** Undefined if it could not be created. */
  readonly path: string | undefined;
  readonly write: (text: string) => void;
  readonly close: () => void;
}

/** Opens `<name>.log`, or `<name>-2.log` if another node, or the same node earlier in this run, has used that name. */
export function openLog(folder: string, name: string): LogFile {
  const opened = openNew(folder, name);
  let file = opened?.file;
  const close = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  const write = (text: string): void => {
    if (file === undefined) return;
    try {
      const bytes = Buffer.from(text);
      for (let written = 0; written < bytes.byteLength; ) written += writeSync(file, bytes, written);
    } catch {
      close();
    }
  };
  return { path: opened?.path, write, close };
}

function openNew(folder: string, name: string): { readonly path: string; readonly file: number } | undefined {
  for (let number = 1; ; number += 1) {
    const path = join(folder, number === 1 ? `${name}.log` : `${name}-${number}.log`);
    try {
      mkdirSync(folder, { recursive: true });
      return { path, file: openSync(path, 'wx') };
    } catch {
      // If a log of that name exists, the next number is tried; any other error ends the search.
      if (!existsSync(path)) return undefined;
    }
  }
}
