/** What ran when, why, for how long and how it ended; feeds the scheduler's estimates and `aib log`. Never part of a key or an output. */
import type { Database } from './database.ts';
import type { Sha256 } from './digest.ts';

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
  /** Peak resident memory in MiB, where the runner could tell. */
  readonly memory?: number;
}

export class History {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  begin(command: string, nowMs: number): number {
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO runs (started, command) VALUES (?, ?)')
      .run(nowMs, command);
    return Number(lastInsertRowid);
  }

  end(run: number, status: RunStatus, nowMs: number): void {
    this.#database.prepare('UPDATE runs SET ended = ?, status = ? WHERE id = ?').run(nowMs, status, run);
  }

  add(run: number, execution: Execution): void {
    this.#database
      .prepare(
        'INSERT OR REPLACE INTO executions (run, label, kind, key, started, duration, status, reason, log, memory) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        run,
        execution.label,
        execution.kind,
        execution.key,
        execution.started,
        execution.duration,
        execution.status,
        execution.reason,
        execution.log ?? null,
        execution.memory ?? null,
      );
  }

  /** The newest execution of a label, failed ones too. */
  last(label: string): Execution | undefined {
    return this.#database.prepare('SELECT * FROM executions WHERE label = ? ORDER BY run DESC LIMIT 1').get(label) as
      | Execution
      | undefined;
  }

  /** Milliseconds of the newest successful execution of each label, and the mean of each kind for labels that never ran. */
  durations(): { readonly byLabel: ReadonlyMap<string, number>; readonly byKind: ReadonlyMap<string, number> } {
    const byLabel = new Map<string, number>();
    const rows = this.#database
      .prepare("SELECT label, duration, max(run) FROM executions WHERE status = 'done' GROUP BY label")
      .all() as { label: string; duration: number }[];
    for (const { label, duration } of rows) byLabel.set(label, duration);
    const byKind = new Map<string, number>();
    const means = this.#database
      .prepare("SELECT kind, avg(duration) AS mean FROM executions WHERE status = 'done' GROUP BY kind")
      .all();
    for (const { kind, mean } of means as { kind: string; mean: number }[]) byKind.set(kind, mean);
    return { byLabel, byKind };
  }
}
