/**
 * What ran when, why, for how long and how it ended; feeds the scheduler's estimates and `aib log`. Never part of a key or an output, so what
 * cannot be noted for want of room is left out, and no build fails for it.
 */
import { deflateRawSync } from 'node:zlib';
import type { Database, Statement } from './database.ts';
import type { Sha256 } from './digest.ts';
import { ifThereIsRoom } from './store-failure.ts';

type RunStatus = 'done' | 'failed' | 'interrupted';

export interface Execution {
  readonly label: string;
  readonly kind: string;
  readonly key: Sha256;
  /** Milliseconds since the epoch from which on it only waited for room. */
  readonly queued: number;
  /** Milliseconds since the epoch. */
  readonly started: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly status: 'done' | 'failed' | 'cancelled';
  readonly reason: string;
  /** Which of those that ran side by side it was, from 0. */
  readonly slot: number;
  /** What was set aside for it. */
  readonly resources: Readonly<Record<string, number>>;
  /** Labels that it waited for, of those whose actions ran in the same run. */
  readonly after: readonly string[];
  /** The most MiB that it was seen to take; unknown of what is over soon, and of what is no process. */
  readonly memory?: number;
  /** Whether it came out different from what its label gave before; only of one that is done. */
  readonly changed?: boolean;
  /** Code and sentence of what went wrong. */
  readonly failure?: string;
  /** Path of the log, relative to the store. */
  readonly log?: string;
}

/** What a run came to, beside its executions. */
export interface RunSummary {
  readonly status: RunStatus;
  readonly ran: number;
  readonly failed: number;
  /** Labels of nodes with an action of which nothing ran. */
  readonly hits: readonly string[];
  readonly skipped: readonly { readonly label: string; readonly because: string }[];
  /** All nodes, sources among them. */
  readonly nodes: number;
}

/** What is known of a label from earlier runs. */
export interface Estimate {
  readonly kind: string;
  /** Milliseconds; the newer, the heavier. Unknown if it never succeeded. */
  readonly duration: number | undefined;
  /** MiB; falls slowly when it takes less. */
  readonly memory: number | undefined;
}

/** Weight of the newest duration. */
const NEWEST = 0.5;
/** What is left of the most memory that was seen, if the next run takes less. */
const DECAY = 0.75;

export class History {
  readonly #database: Database;
  readonly #begin: Statement<[number, string]>;
  readonly #lost: Statement<[number, number, number]>;
  readonly #end: Statement<[RunSummary & { readonly run: number; readonly at: number; readonly hitCount: number }]>;
  readonly #addNodes: Statement<[number, Buffer, string]>;
  readonly #add: Statement<[ExecutionRow & { readonly run: number }]>;
  readonly #learn: Statement<[{ label: string; kind: string; duration: number | null; memory: number | null }]>;
  readonly #last: Statement<[string], ExecutionRow>;
  readonly #estimates: Statement<[], Estimate & { readonly label: string }>;

  constructor(database: Database) {
    this.#database = database;
    this.#begin = database.prepare('INSERT INTO runs (started, command) VALUES (?, ?)');
    this.#lost = database.prepare(
      "INSERT OR IGNORE INTO runs (id, started, ended, command, status) VALUES (?, ?, ?, '(lost with a damaged database)', 'interrupted')",
    );
    this.#end = database.prepare(
      `UPDATE runs SET ended = @at, status = @status, nodes = @nodes, ran = @ran, hits = @hitCount, failed = @failed
       WHERE id = @run`,
    );
    this.#addNodes = database.prepare('INSERT OR REPLACE INTO run_nodes (run, hits, skipped) VALUES (?, ?, ?)');
    this.#add = database.prepare(
      `INSERT OR REPLACE INTO executions (run, ${EXECUTION_COLUMNS}) VALUES (@run, ${EXECUTION_COLUMNS.replace(/\w+/g, '@$&')})`,
    );
    this.#learn = database.prepare(
      `INSERT INTO estimates (label, kind, duration, memory) VALUES (@label, @kind, @duration, @memory)
       ON CONFLICT (label) DO UPDATE SET kind = excluded.kind,
         duration = coalesce(duration + (excluded.duration - duration) * ${NEWEST}, excluded.duration, duration),
         memory = coalesce(max(excluded.memory, memory * ${DECAY}), excluded.memory, memory)`,
    );
    this.#last = database.prepare(
      `SELECT ${EXECUTION_COLUMNS} FROM executions WHERE label = ? ORDER BY run DESC LIMIT 1`,
    );
    this.#estimates = database.prepare('SELECT label, kind, duration, memory FROM estimates');
  }

  begin(command: string, nowMs: number): number {
    return Number(this.#begin.run(nowMs, command).lastInsertRowid);
  }

  /** Lets numbers of runs begin after `run`: those up to there were given out by a database that was lost. */
  startAfter(run: number, nowMs: number): void {
    if (run > 0) this.#lost.run(run, nowMs, nowMs);
  }

  /** Which nodes were hits is only kept of runs in which something else was there to tell. */
  end(run: number, summary: RunSummary, nowMs: number): void {
    const { hits, skipped, ran, failed } = summary;
    ifThereIsRoom(() =>
      this.#database.transaction(() => {
        const { status, nodes } = summary;
        this.#end.run({ status, nodes, ran, failed, run, at: nowMs, hitCount: hits.length } as never);
        if (ran + failed + skipped.length === 0) return;
        this.#addNodes.run(run, deflateRawSync(hits.join('\n')), JSON.stringify(skipped));
      })(),
    );
  }

  add(run: number, execution: Execution): void {
    const { label, kind, duration, memory = null } = execution;
    ifThereIsRoom(() =>
      this.#database.transaction(() => {
        this.#add.run({ ...rowOf(execution), run });
        this.#learn.run({ label, kind, duration: execution.status === 'done' ? duration : null, memory });
      })(),
    );
  }

  /** The newest execution of a label, failed ones too. */
  last(label: string): Execution | undefined {
    const row = this.#last.get(label);
    return row === undefined ? undefined : executionOf(row);
  }

  /** By label. */
  estimates(): ReadonlyMap<string, Estimate> {
    return new Map(
      this.#estimates
        .all()
        .map(({ label, kind, duration, memory }) => [
          label,
          { kind, duration: duration ?? undefined, memory: memory ?? undefined },
        ]),
    );
  }
}

/** An execution as a row; what older versions of aib did not note is null. */
interface ExecutionRow {
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

const EXECUTION_COLUMNS =
  'label, kind, key, queued, started, duration, status, reason, slot, resources, after, memory, changed, failure, log';

function executionOf(row: ExecutionRow): Execution {
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

function rowOf(execution: Execution): ExecutionRow {
  const { resources, after, memory = null, changed, failure = null, log = null } = execution;
  return {
    ...execution,
    resources: JSON.stringify(resources),
    after: JSON.stringify(after),
    changed: changed === undefined ? null : Number(changed),
    ...{ memory, failure, log },
  };
}
