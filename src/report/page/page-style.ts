/** Reads the styles of pages: what all have in common, followed by those of one page, as paths below src/report/. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { aibHome } from '../../util/files/home.ts';

export function styleOf(...names: readonly string[]): string {
  return ['page/base.css', ...names].map(name => readFileSync(join(aibHome(), 'src/report', name), 'utf8')).join('\n');
}
