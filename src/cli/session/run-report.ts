/** Writes the page of a run from the records of the store. Only its file is written. */
import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { criticalPath } from '../../engine/build/critical-path.ts';
import { runPage } from '../../report/run/run-page.ts';
import type { NotedRun } from '../../report/tables/run-diff.ts';
import type { Execution } from '../../store/history/execution.ts';
import type { Store } from '../../store/store.ts';
import { discard } from '../../util/files/remove-tree.ts';

/** Bytes of the end of a log that the page shows. */
const SHOWN = 8_192;

export function reportPath(store: Store, run: number): string {
  return join(store.runFolder(run), 'report.html');
}

/** `host`: words for the machine of the run, if it is this one. */
export function writeReport(
  noted: NotedRun,
  store: Store,
  { path, host }: { readonly path: string; readonly host?: string },
): void {
  const steps = criticalPath(noted.executions);
  const logOf = ({ log }: Execution): string | undefined =>
    log === undefined ? undefined : endOf(join(store.folder, log));
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}`;
  try {
    writeFileSync(partial, `${[...runPage({ ...noted, steps, logOf, host })].join('\n')}\n`);
    renameSync(partial, path);
  } catch (error) {
    discard(partial);
    throw error;
  }
}

function endOf(path: string): string | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const start = Math.max(0, size - SHOWN);
      const bytes = Buffer.alloc(size - start);
      readSync(file, bytes, 0, bytes.byteLength, start);
      // The first line is cut off.
      const text = bytes.toString('utf8').trimEnd();
      return start === 0 ? text : `…\n${text.slice(text.indexOf('\n') + 1)}`;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
