/** The cache folder of this user and machine, for files that belong to no workspace; everything in it can be created again. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export function homeCache(): string {
  const base = process.env.XDG_CACHE_HOME;
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'aib');
}
