/** The folder of aib itself, found from the running module: a checkout, or an installed package, into which nothing may be written. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { internal } from '../failure.ts';

export function aibHome(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'src/guest')) && existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw internal(`no checkout of aib above ${import.meta.dirname}`);
  }
}

/** An installed package contains its programs; a checkout bundles them from its sources. */
export function isInstalled(home = aibHome()): boolean {
  return existsSync(join(home, 'program'));
}

/** The folder of the bundled programs. */
export function programFolder(home = aibHome()): string {
  return join(home, isInstalled(home) ? 'program' : 'node_modules/.aib');
}

/** The names and versions of the npm packages: npm installs a package with a lock only if it has this name. */
export function packageLock(home = aibHome()): string {
  return join(home, isInstalled(home) ? 'npm-shrinkwrap.json' : 'package-lock.json');
}

/** The command that installs what is missing on this machine. */
export function setupCommand(home = aibHome()): string {
  return isInstalled(home) ? join(home, 'setup') : './setup';
}
