/**
 * Keeps the history of runs from growing for ever. Of a run that is older than the last ones there only remains what is still the newest
 * execution of its label in its project, with its log and the facts of the run: how a disk was built is asked long after. Never fails a build.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { discard, removeTree } from '../../util/files/remove-tree.ts';
import type { Database } from '../database/database.ts';
import { ifThereIsRoom } from '../database/store-failure.ts';

/** In the folder of a run: what it was run by and with. */
export const RUN_FACTS = 'facts.json';
/** How many runs are remembered whole. */
export const RUNS_KEPT = 50;

/** `folder` holds a folder for each run, by its number. */
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
    // What cannot be removed is looked at again next time.
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
