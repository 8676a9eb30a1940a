/** Where Node keeps compiled code of the programs: beside them in a checkout; for an installed package, which may not change, in the user's cache. */
import { basename, join } from 'node:path';
import { homeCache } from './home-cache.ts';

/** `folder` contains the program. Undefined if the user has no home folder: a process of a build has no HOME, and its user may have no account. */
export function compiledCode(folder: string): string | undefined {
  if (basename(folder) !== 'program') return join(folder, 'v8');
  try {
    return join(homeCache(), 'v8');
  } catch {
    return undefined;
  }
}
