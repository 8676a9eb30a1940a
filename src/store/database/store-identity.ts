/**
 * Identifies the store of a database: `.cache/id` contains the same random word as the database. A database that was copied from another
 * store has the wrong results and labels; it is moved aside, never deleted, and a new one is filled from the record files.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from './database.ts';

/** The store's folder must be writable. If one of the two words is missing, it is written from the other. */
export function settleIdentity(folder: string, database: Database): void {
  const path = join(folder, 'id');
  const select = database.prepare<[], { readonly id: string }>('SELECT id FROM identity');
  const insert = database.prepare<[string]>(
    'INSERT INTO identity (id) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM identity)',
  );
  const ours = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  const theirs = select.get()?.id;
  if (ours !== '' && theirs !== undefined && ours !== theirs) database.replace('the database belongs to another store');
  if (select.get() === undefined) insert.run(ours === '' ? randomUUID() : ours);
  const id = select.get()?.id;
  if (id === undefined || id === ours) return;
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${id}\n`);
  renameSync(temporary, path);
}
