/** Where things lie that belong to this user and machine rather than to a workspace; everything in it can be made again. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export function homeCache(): string {
  const base = process.env.XDG_CACHE_HOME;
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'aib');
}
