/**
 * What ran when, why, for how long and how it ended; feeds the scheduler's estimates and `aib log`. Never part of a key or an output, so what
 * cannot be noted for want of room is left out, and no build fails for it.
 */
import type { Database, Statement } from './database.ts';
import type { Sha256 } from './digest.ts';
import { ifThereIsRoom } from './store-failure.ts';

export type RunStatus = 'done' | 'failed' | 'interrupted';

export interface Execution {
  readonly label: string;
  readonly kind: string;
  readonly key: Sha256;
  /** Milliseconds since the epoch. */
  readonly started: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly status: 'done' | 'failed' | 'cancelled';
  readonly reason: string;
  /** Path of the log, relative to the store. */
  readonly log?: string;
}

interface Row extends Omit<Execution, 'log'> {
  readonly log: string | null;
}

export class History {
  readonly #begin: Statement<[number, string]>;
  readonly #lost: Statement<[number, number, number]>;
  readonly #end: Statement<[number, RunStatus, number]>;
  readonly #add: Statement<[Row & { readonly run: number }]>;
  readonly #last: Statement<[string], Row>;
  readonly #byLabel: Statement<[], { readonly label: string; readonly duration: number }>;
  readonly #byKind: Statement<[], { readonly kind: string; readonly mean: number }>;

  constructor(database: Database) {
    this.#begin = database.prepare('INSERT INTO runs (started, command) VALUES (?, ?)');
    this.#lost = database.prepare(
      "INSERT OR IGNORE INTO runs (id, started, ended, command, status) VALUES (?, ?, ?, '(lost with a damaged database)', 'interrupted')",
    );
    this.#end = database.prepare('UPDATE runs SET ended = ?, status = ? WHERE id = ?');
    this.#add = database.prepare(
      `INSERT OR REPLACE INTO executions (run, label, kind, key, started, duration, status, reason, log)
       VALUES (@run, @label, @kind, @key, @started, @duration, @status, @reason, @log)`,
    );
    this.#last = database.prepare(
      `SELECT label, kind, key, started, duration, status, reason, log
       FROM executions WHERE label = ? ORDER BY run DESC LIMIT 1`,
    );
    this.#byLabel = database.prepare(
      "SELECT label, duration, max(run) FROM executions WHERE status = 'done' GROUP BY label",
    );
    this.#byKind = database.prepare(
      "SELECT kind, avg(duration) AS mean FROM executions WHERE status = 'done' GROUP BY kind",
    );
  }

  begin(command: string, nowMs: number): number {
    return Number(this.#begin.run(nowMs, command).lastInsertRowid);
  }

  /** Lets numbers of runs begin after `run`: those up to there were given out by a database that was lost. */
  startAfter(run: number, nowMs: number): void {
    if (run > 0) this.#lost.run(run, nowMs, nowMs);
  }

  end(run: number, status: RunStatus, nowMs: number): void {
    ifThereIsRoom(() => this.#end.run(nowMs, status, run));
  }

  add(run: number, execution: Execution): void {
    ifThereIsRoom(() => this.#add.run({ ...execution, run, log: execution.log ?? null }));
  }

  /** The newest execution of a label, failed ones too. */
  last(label: string): Execution | undefined {
    const row = this.#last.get(label);
    if (row === undefined) return undefined;
    const { log, ...execution } = row;
    return log === null ? execution : { ...execution, log };
  }

  /** Milliseconds of the newest successful execution of each label, and the mean of each kind for labels that never ran. */
  durations(): { readonly byLabel: ReadonlyMap<string, number>; readonly byKind: ReadonlyMap<string, number> } {
    return {
      byLabel: new Map(this.#byLabel.all().map(({ label, duration }) => [label, duration])),
      byKind: new Map(this.#byKind.all().map(({ kind, mean }) => [kind, mean])),
    };
  }
}
