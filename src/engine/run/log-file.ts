/**
 * The log of one execution. Written synchronously, so that a command that says a lot cannot fill the memory, and what it said last is there
 * even if aib dies. Never fails an action: a log that cannot be written is cut short.
 */
import { closeSync, existsSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface LogFile {
  /** Undefined if there is none. */
  readonly path: string | undefined;
  readonly write: (text: string) => void;
  readonly close: () => void;
}

/** Opens `<name>.log`, or `<name>-2.log` if another node, or the same one earlier in this run, has that name. */
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
      // Another log of that name is no obstacle; anything else is.
      if (!existsSync(path)) return undefined;
    }
  }
}
