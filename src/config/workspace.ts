/** The workspace: the nearest folder upwards that holds `configs/images.conf`, and where its files lie. Reads nothing but what it must. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { aibHome } from '../util/home.ts';
import { fail, ok, type Result } from '../util/result.ts';

export interface Workspace {
  readonly folder: string;
  /** Where aib itself lies; the same folder when one works in a checkout of aib. */
  readonly home: string;
  readonly cache: string;
  /** A git-ignored file of this machine's choices. */
  readonly localConfig: string;
}

export function findWorkspace(from: string, options: { readonly cache?: string | undefined } = {}): Result<Workspace> {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'configs/images.conf'))) {
      const cache = options.cache === undefined ? join(folder, '.cache') : resolve(from, options.cache);
      return ok({ folder, home: aibHome(), cache, localConfig: join(folder, 'aib.local.conf') });
    }
    if (folder === dirname(folder)) break;
  }
  return fail({
    code: 'AIB_NO_WORKSPACE',
    what: 'This folder is in no workspace of aib',
    where: resolve(from),
    got: 'no configs/images.conf here or in a folder above',
    hint: `go to ${aibHome()}, or to a project of your own`,
  });
}

/** The mirror that was chosen on this machine, if any: the line `mirror = "…"` of aib.local.conf. */
export function rememberedMirror(workspace: Workspace): string | undefined {
  if (!existsSync(workspace.localConfig)) return undefined;
  return /^mirror = "(.*)"$/m.exec(readFileSync(workspace.localConfig, 'utf8'))?.[1];
}

export function rememberMirror(workspace: Workspace, mirror: string): void {
  const text = `# Choices of this machine, made by aib; not for version control.\nmirror = "${mirror}"\n`;
  // A file that is written anew is a change, after which nothing is known to be up to date.
  if (existsSync(workspace.localConfig) && readFileSync(workspace.localConfig, 'utf8') === text) return;
  writeFileSync(workspace.localConfig, text);
}
