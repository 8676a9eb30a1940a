/** Where Node keeps compiled code of the programs: beside them in a checkout; for an installed package, which may not change, in the user's cache. */
import { basename, join } from 'node:path';
import { homeCache } from './home-cache.ts';

/** `folder` contains the program. */
export function compiledCode(folder: string): string {
  return join(basename(folder) === 'program' ? homeCache() : folder, 'v8');
}
