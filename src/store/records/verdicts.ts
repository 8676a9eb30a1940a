/**
 * Results of building nodes again, by the key of their action and its outputs. A build never reads them, and a lost or damaged row only
 * means that the node counts as not verified.
 */
import { crc32 } from 'node:zlib';
import type { Artifact } from '../content/artifact.ts';
import { digestOf, type Sha256 } from '../content/digest.ts';
import type { Database, Statement } from '../database/database.ts';
import { Lookup } from '../database/lookup.ts';
import { ifThereIsRoom } from '../database/store-failure.ts';

/** `allowed`: all differences are allowed by the project. */
export type VerdictWord = 'bit-identical' | 'allowed' | 'different' | 'failed';

export interface Verdict {
  readonly outcome: VerdictWord;
  /** The result including all its dependencies, if that was requested. */
  readonly chain?: VerdictWord;
  /** The names of the variations. */
  readonly varied: readonly string[];
  /** Milliseconds since 1970. */
  readonly verified: number;
}

type Outputs = Readonly<Record<string, Artifact>>;

interface Row {
  readonly key: string;
  readonly outputs: string;
  readonly verdict: string;
  /** CRC-32 of the rest: a row with a flipped bit would be about other bytes. */
  readonly crc: number;
}

export class VerdictStore {
  readonly #rows: Lookup<Row>;
  readonly #put: Statement<[string, string, string, number]>;
  readonly #prune: Statement<[]>;

  constructor(database: Database) {
    this.#rows = new Lookup({
      database,
      one: 'SELECT key, outputs, verdict, crc FROM verdicts WHERE key = ?',
      all: 'SELECT key, outputs, verdict, crc FROM verdicts',
      keyOf: ({ key }) => key,
    });
    this.#put = database.prepare('INSERT OR REPLACE INTO verdicts (key, outputs, verdict, crc) VALUES (?, ?, ?, ?)');
    this.#prune = database.prepare('DELETE FROM verdicts WHERE key NOT IN (SELECT key FROM records)');
  }

  /** Undefined if the present outputs are not the verified ones. */
  get(key: Sha256, outputs: Outputs): Verdict | undefined {
    const row = this.#rows.get(key);
    if (row === undefined || row.crc !== checkOf(row) || row.outputs !== namesAndBytes(outputs)) return undefined;
    return JSON.parse(row.verdict) as Verdict;
  }

  put(key: Sha256, outputs: Outputs, verdict: Verdict): void {
    const row = { key, outputs: namesAndBytes(outputs), verdict: JSON.stringify(verdict) };
    const crc = checkOf(row);
    ifThereIsRoom(() => this.#put.run(key, row.outputs, row.verdict, crc));
    this.#rows.set({ ...row, crc });
  }

  /** Removes the verdicts of actions that have no record any more. */
  prune(): void {
    this.#prune.run();
    this.#rows.clear();
  }
}

function namesAndBytes(outputs: Outputs): string {
  const parts = Object.entries(outputs).map(([name, { type, digest, executable = false }]) => [
    ...[name, type, digest.hash],
    ...[executable],
  ]);
  return digestOf(JSON.stringify(parts.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)))).hash;
}

function checkOf({ key, outputs, verdict }: Omit<Row, 'crc'>): number {
  return crc32(`${key} ${outputs} ${verdict}`);
}
