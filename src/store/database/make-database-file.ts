/**
 * Creates an empty file for a database that does not exist yet, with the mode of other new files: a file that SQLite creates itself is
 * writable for the owner only, and its WAL and journal get the mode of the database. Never changes an existing file.
 */
import { closeSync, existsSync, openSync } from 'node:fs';

export function makeDatabaseFile(path: string): void {
  if (path !== ':memory:' && !existsSync(path)) closeSync(openSync(path, 'a'));
}
