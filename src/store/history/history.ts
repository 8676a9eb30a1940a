/**
 * What ran when, why, for how long and how it ended; the source of the scheduler's estimates and of `aib log`. Never part of a key or an
 * output: on a full disk it is not written, and the build does not fail.
 */
import { deflateRawSync } from 'node:zlib';
import type { Database, Statement } from '../database/database.ts';
import { ifThereIsRoom } from '../database/store-failure.ts';
import type { Execution } from './execution.ts';
import { EXECUTION_COLUMNS, type ExecutionRow, executionOf, isOfProject, rowOf } from './execution-row.ts';

export type RunStatus = 'done' | 'failed' | 'interrupted';

/** The result of a run, beside its executions. */
export interface RunSummary {
  readonly status: RunStatus;
  readonly ran: number;
  readonly failed: number;
  /** Labels of nodes with an action that did not run. */
  readonly hits: readonly string[];
  /** Those of `hits` whose result came from a remote cache, with its name. Default: none. */
  readonly taken?: ReadonlyMap<string, string>;
  readonly skipped: readonly { readonly label: string; readonly because: string }[];
  /** The number of all nodes, including sources. */
  readonly nodes: number;
}

/** What is known about a label from earlier runs. */
export interface Estimate {
  readonly kind: string;
  /** Milliseconds, a mean in which newer runs weigh more. Unknown if it never succeeded. */
  readonly duration: number | undefined;
  /** MiB; decreases slowly when it uses less. */
  readonly memory: number | undefined;
}

interface EstimateRow {
  readonly label: string;
  readonly kind: string;
  readonly duration: number | null;
  readonly memory: number | null;
}

/** Weight of the newest duration. */
const NEWEST = 0.5;
/** Factor on the measured peak if the next run uses less. */
const DECAY = 0.75;

export class History {
  readonly #database: Database;
  readonly #project: string;
  readonly #begin: Statement<[number, string, string]>;
  readonly #highest: Statement<[], { readonly id: number | null }>;
  readonly #lost: Statement<[number, number, number]>;
  readonly #end: Statement<[Readonly<Record<string, number | string>>]>;
  readonly #addNodes: Statement<[number, Buffer, string]>;
  readonly #add: Statement<[ExecutionRow & { readonly run: number }]>;
  readonly #learn: Statement<
    [{ project: string; label: string; kind: string; duration: number | null; memory: number | null }]
  >;
  readonly #last: Statement<[string], ExecutionRow>;
  readonly #lastDone: Statement<[string], ExecutionRow>;
  readonly #loggedTo: Statement<[string], { readonly label: string }>;
  readonly #estimates: Statement<[string], EstimateRow>;
  readonly #othersEstimates: Statement<[string], EstimateRow>;

  /** `project` is the name of the project in KnownProjects. */
  constructor(database: Database, project = '') {
    this.#database = database;
    this.#project = project;
    const isOurs = isOfProject(project);
    this.#begin = database.prepare('INSERT INTO runs (started, command, project) VALUES (?, ?, ?)');
    this.#highest = database.prepare('SELECT max(id) AS id FROM runs');
    this.#lost = database.prepare(
      "INSERT OR IGNORE INTO runs (id, started, ended, command, status) VALUES (?, ?, ?, '(lost with a damaged database)', 'interrupted')",
    );
    this.#end = database.prepare(
      `UPDATE runs SET ended = @at, status = @status, nodes = @nodes, ran = @ran, hits = @hits, failed = @failed
       WHERE id = @run`,
    );
    this.#addNodes = database.prepare('INSERT OR REPLACE INTO run_nodes (run, hits, skipped) VALUES (?, ?, ?)');
    this.#add = database.prepare(
      `INSERT OR REPLACE INTO executions (run, ${EXECUTION_COLUMNS}) VALUES (@run, ${EXECUTION_COLUMNS.replace(/\w+/g, '@$&')})`,
    );
    this.#learn = database.prepare(
      `INSERT INTO estimates (project, label, kind, duration, memory) VALUES (@project, @label, @kind, @duration, @memory)
       ON CONFLICT (project, label) DO UPDATE SET kind = excluded.kind,
         duration = coalesce(duration + (excluded.duration - duration) * ${NEWEST}, excluded.duration, duration),
         memory = coalesce(max(excluded.memory, memory * ${DECAY}), excluded.memory, memory)`,
    );
    this.#last = database.prepare(
      `SELECT ${EXECUTION_COLUMNS} FROM executions WHERE label = ? AND ${isOurs} ORDER BY run DESC LIMIT 1`,
    );
    this.#lastDone = database.prepare(
      `SELECT ${EXECUTION_COLUMNS} FROM executions WHERE label = ? AND status = 'done' AND ${isOurs} ORDER BY run DESC LIMIT 1`,
    );
    this.#loggedTo = database.prepare('SELECT label FROM executions WHERE log = ?');
    const estimates = 'SELECT label, kind, duration, memory FROM estimates';
    this.#estimates = database.prepare(`${estimates} WHERE project = ?`);
    this.#othersEstimates = database.prepare(`${estimates} WHERE project <> ?`);
  }

  /** Returns the number of the run, even if the run could not be written. */
  begin(command: string, nowMs: number): number {
    let run: number | undefined;
    ifThereIsRoom(() => {
      run = Number(this.#begin.run(nowMs, command, this.#project).lastInsertRowid);
    });
    return run ?? (this.#highest.get()?.id ?? 0) + 1;
  }

  /** Lets the numbers of runs start after `run`: a lost database has used the numbers up to it. */
  startAfter(run: number, nowMs: number): void {
    if (run > 0) this.#lost.run(run, nowMs, nowMs);
  }

  end(run: number, summary: RunSummary, nowMs: number): void {
    const { hits, skipped, ran, failed, taken } = summary;
    // A tab is in no label.
    const lines = hits.map(label => (taken?.has(label) === true ? `${label}\t${taken.get(label)}` : label));
    ifThereIsRoom(() =>
      this.#database.transaction(() => {
        const { status, nodes } = summary;
        this.#end.run({ run, at: nowMs, status, nodes, ran, failed, hits: hits.length });
        this.#addNodes.run(run, deflateRawSync(lines.join('\n')), JSON.stringify(skipped));
      })(),
    );
  }

  add(run: number, execution: Execution): void {
    const { label, kind, duration, memory = null } = execution;
    ifThereIsRoom(() =>
      this.#database.transaction(() => {
        this.#add.run({ ...rowOf(execution), run });
        this.#learn.run({
          project: this.#project,
          label,
          kind,
          duration: execution.status === 'done' ? duration : null,
          memory,
        });
      })(),
    );
  }

  /** The newest execution of a label, also if it failed. */
  last(label: string): Execution | undefined {
    const row = this.#last.get(label);
    return row === undefined ? undefined : executionOf(row);
  }

  /** The newest execution that succeeded. */
  lastDone(label: string): Execution | undefined {
    const row = this.#lastDone.get(label);
    return row === undefined ? undefined : executionOf(row);
  }

  /** Labels whose actions wrote this log; its path is relative to the store. */
  loggedTo(log: string): readonly string[] {
    return this.#loggedTo.all(log).map(({ label }) => label);
  }

  /** By label. For nodes that never ran in this project, those of other projects are used: a clone has the same nodes. */
  estimates(): ReadonlyMap<string, Estimate> {
    return new Map(
      [this.#othersEstimates, this.#estimates]
        .flatMap(statement => statement.all(this.#project))
        .map(({ label, kind, duration, memory }) => [
          label,
          { kind, duration: duration ?? undefined, memory: memory ?? undefined },
        ]),
    );
  }
}
