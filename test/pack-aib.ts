/** Makes the package of this checkout, as `npm run package` does. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { aibHome } from '../src/util/files/home.ts';

/** Returns the path of the archive in the folder. */
export function packageInto(folder: string): string {
  const words = ['--experimental-strip-types', '--no-warnings', join(aibHome(), 'src/pack.ts'), folder];
  return execFileSync(process.execPath, words, { encoding: 'utf8' }).trim();
}
