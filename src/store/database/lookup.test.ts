import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from './database.ts';
import { Lookup } from './lookup.ts';

interface Row {
  readonly hash: string;
  readonly stat: string;
}

function makeTable(rows: number) {
  const folder = mkdtempSync(join(tmpdir(), 'aib-lookup-'));
  const opened = openDatabase(join(folder, 'aib.db'));
  if (!opened.ok) throw new Error(opened.error.what);
  const { database } = opened.value;
  onTestFinished(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const insert = database.prepare<[string, string]>('INSERT OR REPLACE INTO blobs (hash, stat, size) VALUES (?, ?, 0)');
  database.transaction(() => {
    for (let row = 0; row < rows; row += 1) insert.run(`h${row}`, `s${row}`);
  })();
  const make = (all: string, isAll = true) =>
    new Lookup<Row>({
      database,
      one: 'SELECT hash, stat FROM blobs WHERE hash = ?',
      all,
      keyOf: ({ hash }) => hash,
      isAll,
    });
  const write = (hash: string, stat: string, lookup: Lookup<Row>): void => {
    insert.run(hash, stat);
    lookup.set({ hash, stat });
  };
  return { make, write, database };
}

const ALL = 'SELECT hash, stat FROM blobs';

test('gives the same as the table, whatever is asked for and written, before and after it was read as a whole', () => {
  const { make, write } = makeTable(50);
  const step = fc.record({ key: fc.integer({ min: 0, max: 70 }), written: fc.option(fc.integer()) });
  const model = new Map(Array.from({ length: 50 }, (_, row) => [`h${row}`, `s${row}`]));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), steps => {
      const lookup = make(ALL);
      for (const { key, written } of steps) {
        if (written !== null) {
          write(`h${key}`, `w${written}`, lookup);
          model.set(`h${key}`, `w${written}`);
        }
        expect(lookup.get(`h${key}`)?.stat).toBe(model.get(`h${key}`));
      }
    }),
  );
});

test('whoever asks for a few rows of a large table reads no others, whoever asks for many reads them all at once', () => {
  const { make, database } = makeTable(20_000);
  const [few, many] = [make(ALL), make(ALL)];
  for (let row = 0; row < 60; row += 1) expect(few.get(`h${row}`)?.stat).toBe(`s${row}`);
  for (let row = 0; row < 5_000; row += 1) expect(many.get(`h${row}`)?.stat).toBe(`s${row}`);
  database.prepare('DELETE FROM blobs').run();
  expect(few.get('h19999')).toBeUndefined();
  expect(many.get('h19999')?.stat).toBe('s19999');
});

test('what was not read with the others is looked for in the table', () => {
  const { make } = makeTable(10);
  const lookup = make("SELECT hash, stat FROM blobs WHERE hash < 'h5'", false);
  for (let asked = 0; asked < 200; asked += 1) lookup.get('h1');
  expect(lookup.get('h7')?.stat).toBe('s7');
  expect(lookup.get('h70')).toBeUndefined();
});
