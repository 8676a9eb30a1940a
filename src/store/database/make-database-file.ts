/**
 * Makes an empty file for a database that is not there yet, with the rights that other new files get: SQLite lets only the owner write to those that
 * it makes itself, and gives its log and journal the rights of the database. Never touches one that is there.
 */
import { closeSync, existsSync, openSync } from 'node:fs';

export function makeDatabaseFile(path: string): void {
  if (path !== ':memory:' && !existsSync(path)) closeSync(openSync(path, 'a'));
}
