/** The recorded runs of a store, for `aib log`, which only reads. A build must never use anything here except its own run. */
import { inflateRawSync } from 'node:zlib';
import type { Sha256 } from '../content/digest.ts';
import type { Database, Statement } from '../database/database.ts';
import type { Execution } from './execution.ts';
import { EXECUTION_COLUMNS, type ExecutionRow, executionOf, isOfProject } from './execution-row.ts';
import type { RunStatus } from './history.ts';

export interface RunRecord {
  readonly id: number;
  /** Folder of the project of the run; undefined if it is not known any more. */
  readonly workspace: string | undefined;
  readonly command: string;
  /** Milliseconds since the epoch. */
  readonly started: number;
  /** Undefined for a run that was killed, or is still in progress. */
  readonly ended: number | undefined;
  readonly status: RunStatus | 'unfinished';
  /** Counts; unknown for a run that has not ended, and for a run of an older aib. */
  readonly nodes: number | undefined;
  readonly ran: number | undefined;
  readonly hits: number | undefined;
  readonly failed: number | undefined;
}

/** The run and the times of an execution: its start in milliseconds since the epoch, its duration in milliseconds. */
export interface Maker {
  readonly run: number;
  readonly started: number;
  readonly duration: number;
}

/** The nodes that did not run. */
export interface Unrun {
  readonly hits: readonly string[];
  /** Those of `hits` whose result came from a remote cache; not set if there are none. */
  readonly taken?: readonly { readonly label: string; readonly from: string }[];
  readonly skipped: readonly { readonly label: string; readonly because: string }[];
}

type RunRow = Readonly<Record<'ended' | 'nodes' | 'ran' | 'hits' | 'failed', number | null>> & {
  readonly id: number;
  readonly workspace: string | null;
  readonly command: string;
  readonly started: number;
  readonly status: RunStatus | null;
};

const RUN_COLUMNS =
  'id, (SELECT folder FROM projects WHERE name = project) AS workspace, command, started, ended, status, nodes, ran, hits, failed';

export class RunLog {
  readonly #newest: Statement<[number], RunRow>;
  readonly #run: Statement<[number], RunRow>;
  readonly #working: Statement<[], { readonly run: number }>;
  readonly #executions: Statement<[number], ExecutionRow>;
  readonly #makers: Statement<[string, string], Maker>;
  readonly #nodes: Statement<[number], { readonly hits: Buffer; readonly skipped: string }>;

  /** `project` is the name of the project whose runs `newestWithWork` considers. */
  constructor(database: Database, project = '') {
    this.#newest = database.prepare(`SELECT ${RUN_COLUMNS} FROM runs ORDER BY id DESC LIMIT ?`);
    this.#run = database.prepare(`SELECT ${RUN_COLUMNS} FROM runs WHERE id = ?`);
    this.#working = database.prepare(
      `SELECT run FROM executions WHERE ${isOfProject(project)} ORDER BY run DESC LIMIT 1`,
    );
    this.#executions = database.prepare(
      `SELECT ${EXECUTION_COLUMNS} FROM executions WHERE run = ? ORDER BY started, label`,
    );
    this.#makers = database.prepare(
      "SELECT run, started, duration FROM executions WHERE label = ? AND key = ? AND status = 'done' ORDER BY run",
    );
    this.#nodes = database.prepare('SELECT hits, skipped FROM run_nodes WHERE run = ?');
  }

  /** The newest first. */
  newest(count: number): readonly RunRecord[] {
    return this.#newest.all(count).map(recordOf);
  }

  find(run: number): RunRecord | undefined {
    const row = this.#run.get(run);
    return row === undefined ? undefined : recordOf(row);
  }

  /** This project's newest run in which anything ran. */
  newestWithWork(): number | undefined {
    return this.#working.get()?.run;
  }

  /** By the time at which they started. */
  executions(run: number): readonly Execution[] {
    return this.#executions.all(run).map(executionOf);
  }

  /** The successful executions of this label's action with this key, the oldest first, in any project. */
  makersOf(label: string, key: Sha256): readonly Maker[] {
    return this.#makers.all(label, key);
  }

  /** Undefined for a run that did not end, or that was recorded by an older aib. */
  unrun(run: number): Unrun | undefined {
    const row = this.#nodes.get(run);
    if (row === undefined) return undefined;
    const text = inflateRawSync(row.hits).toString('utf8');
    const hits = text === '' ? [] : text.split('\n').map(line => line.split('\t'));
    const taken = hits.flatMap(([label = '', from]) => (from === undefined ? [] : [{ label, from }]));
    return {
      hits: hits.map(([label = '']) => label),
      ...(taken.length === 0 ? {} : { taken }),
      skipped: JSON.parse(row.skipped) as Unrun['skipped'],
    };
  }
}

function recordOf({ ended, nodes, ran, hits, failed, status, ...row }: RunRow): RunRecord {
  return {
    ...row,
    workspace: row.workspace ?? undefined,
    ended: ended ?? undefined,
    status: status ?? 'unfinished',
    nodes: nodes ?? undefined,
    ran: ran ?? undefined,
    hits: hits ?? undefined,
    failed: failed ?? undefined,
  };
}
