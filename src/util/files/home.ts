/** The folder of aib's checkout, found from the running module, bundled or not. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { internal } from '../failure.ts';

export function aibHome(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'src/guest')) && existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw internal(`no checkout of aib above ${import.meta.dirname}`);
  }
}
