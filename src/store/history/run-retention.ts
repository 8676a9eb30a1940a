/**
 * Limits the size of the history of runs. Of an old run only those executions remain that are still the newest of their label in their
 * project, with their logs and the facts of the run: a user may ask much later how a disk was built. Never fails a build.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { discard, removeTree } from '../../util/files/remove-tree.ts';
import type { Database } from '../database/database.ts';
import { ifThereIsRoom } from '../database/store-failure.ts';

/** A file in the folder of a run: the environment in which it ran. */
export const RUN_FACTS = 'facts.json';
/** The number of runs that are kept completely. */
export const RUNS_KEPT = 50;

/** `folder` contains a folder for each run, named by its number. */
export async function forgetOldRuns(database: Database, folder: string, kept = RUNS_KEPT): Promise<void> {
  const oldest = database
    .prepare<[number], { readonly id: number }>('SELECT id FROM runs ORDER BY id DESC LIMIT 1 OFFSET ?')
    .get(kept - 1)?.id;
  if (oldest === undefined) return;
  ifThereIsRoom(() => forgetRows(database, oldest));
  const logs = database
    .prepare<[number], { readonly run: number; readonly log: string }>(
      'SELECT run, log FROM executions WHERE run < ? AND log IS NOT NULL',
    )
    .all(oldest);
  const remaining = new Map<number, Set<string>>();
  for (const { run, log } of logs) remaining.set(run, (remaining.get(run) ?? new Set([RUN_FACTS])).add(basename(log)));
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const run = Number(name);
    if (!/^\d+$/.test(name) || run >= oldest) continue;
    const stays = remaining.get(run);
    // If a folder cannot be removed, the next call tries again.
    if (stays === undefined) await removeTree(join(folder, name)).catch(() => undefined);
    else for (const file of readdirSync(join(folder, name))) if (!stays.has(file)) discard(join(folder, name, file));
  }
}

function forgetRows(database: Database, oldest: number): void {
  const projectOf = (run: string): string => `coalesce((SELECT project FROM runs WHERE id = ${run}), '')`;
  const isSuperseded = `(EXISTS (SELECT 1 FROM executions AS newer WHERE newer.label = executions.label AND newer.run > executions.run
      AND ${projectOf('newer.run')} = ${projectOf('executions.run')})
    OR ${projectOf('executions.run')} NOT IN (SELECT '' UNION SELECT name FROM projects))`;
  database.transaction(() => {
    database.prepare<[number]>(`DELETE FROM executions WHERE run < ? AND ${isSuperseded}`).run(oldest);
    database.prepare<[number]>('DELETE FROM run_nodes WHERE run < ?').run(oldest);
    database.prepare<[number]>('DELETE FROM runs WHERE id < ? AND id NOT IN (SELECT run FROM executions)').run(oldest);
  })();
}
