/** An execution as a row of the database; columns that older versions of aib did not write are null. */
import type { Sha256 } from '../content/digest.ts';
import type { Execution } from './execution.ts';

export interface ExecutionRow {
  readonly label: string;
  readonly kind: string;
  readonly key: Sha256;
  readonly queued: number | null;
  readonly started: number;
  readonly duration: number;
  readonly status: Execution['status'];
  readonly reason: string;
  readonly slot: number | null;
  readonly resources: string | null;
  readonly after: string | null;
  readonly memory: number | null;
  readonly changed: number | null;
  readonly failure: string | null;
  readonly log: string | null;
}

export const EXECUTION_COLUMNS =
  'label, kind, key, queued, started, duration, status, reason, slot, resources, after, memory, changed, failure, log';

/** SQL condition for executions in one project's runs, and in runs of an unknown project. */
export function isOfProject(project: string): string {
  return `NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = executions.run AND runs.project NOT IN ('', '${project}'))`;
}

export function executionOf(row: ExecutionRow): Execution {
  const { label, kind, key, started, duration, status, reason, memory, changed, failure, log } = row;
  return {
    ...{ label, kind, key, started, duration, status, reason },
    queued: row.queued ?? started,
    slot: row.slot ?? 0,
    resources: JSON.parse(row.resources ?? '{}') as Execution['resources'],
    after: JSON.parse(row.after ?? '[]') as Execution['after'],
    ...(memory === null ? {} : { memory }),
    ...(changed === null ? {} : { changed: changed === 1 }),
    ...(failure === null ? {} : { failure }),
    ...(log === null ? {} : { log }),
  };
}

export function rowOf(execution: Execution): ExecutionRow {
  const { resources, after, memory = null, changed, failure = null, log = null } = execution;
  return {
    ...execution,
    resources: JSON.stringify(resources),
    after: JSON.stringify(after),
    changed: changed === undefined ? null : Number(changed),
    ...{ memory, failure, log },
  };
}
