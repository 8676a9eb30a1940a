/**
 * The configuration as files: layers of folders with configs/ and scripts/, the top-level file, and what the command line adds. Reads no file
 * outside those folders but the ones that --vars names.
 */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fail, ok, type Result } from '../../util/result.ts';
import { loadHocon } from '../hocon/load.ts';
import { parseHocon } from '../hocon/parse.ts';
import type { HoconObject } from '../hocon/value.ts';
import { collisions } from './collisions.ts';
import { allOf } from './complaint.ts';
import type { ConfigLayer } from './layers.ts';

export interface ConfigTree {
  readonly root: HoconObject;
  /** Layers of --vars and --set, lowest first. */
  readonly over: readonly HoconObject[];
  /** Everything that was read or looked for, by the names that were used; if none of it changes, nor what links lead to, nothing does. */
  readonly files: readonly string[];
  readonly sources: ReadonlyMap<string, string>;
}

export interface TreeOptions {
  /** `a.b=value`, later ones above. */
  readonly sets?: readonly string[] | undefined;
  /** Files, later ones above; below all `sets`. */
  readonly vars?: readonly string[] | undefined;
}

/** `images.conf` decides the top-level file; a tree without one has `alpine.conf`. */
const TOP_FILES = ['images.conf', 'alpine.conf'];

/** Lowest layer first. */
export function loadTree(layers: readonly ConfigLayer[], options: TreeOptions = {}): Result<ConfigTree> {
  const first = topFile(layers);
  if (first === undefined) {
    return fail({
      code: 'AIB_CONFIG_FILE',
      what: 'There is no images.conf and no alpine.conf to begin with',
      where: layers.map(({ configs }) => configs).join(', '),
      hint: 'name a folder that holds one of them, or `aib init DIR` for a new project',
    });
  }
  const collided = collisions(layers);
  const collision = allOf(collided.failures);
  if (collision !== undefined) return fail(collision);
  const loaded = loadHocon(first, { roots: layers.map(({ configs }) => configs).toReversed() });
  if (!loaded.ok) return loaded;
  const sources = new Map(loaded.value.sources);
  const files = [...loaded.value.files, ...collided.folders];
  const over: HoconObject[] = [];
  for (const path of options.vars ?? []) {
    const vars = loadVars(path);
    if (!vars.ok) return vars;
    over.push(vars.value.root);
    files.push(...vars.value.files);
    for (const [name, text] of vars.value.sources) sources.set(name, text);
  }
  const sets = parseSets(options.sets ?? []);
  if (!sets.ok) return sets;
  if (sets.value !== undefined) {
    over.push(sets.value.root);
    sources.set(SET_SOURCE, sets.value.text);
  }
  return ok({ root: loaded.value.root, over, files, sources });
}

/** Of the highest layer that has one; images.conf of any layer goes before alpine.conf. */
function topFile(layers: readonly ConfigLayer[]): string | undefined {
  for (const name of TOP_FILES) {
    const paths = layers.map(({ configs, top }) => join(configs, top ?? name));
    const found = paths.findLast(path => existsSync(path));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The layer of a folder that somebody named with --custom. */
export function customLayer(folder: string): Result<ConfigLayer> {
  const [configs, scripts] = [join(resolve(folder), 'configs'), join(resolve(folder), 'scripts')];
  if (isFolder(configs) || isFolder(scripts)) return ok({ configs, scripts, declares: true });
  return fail({
    code: 'AIB_CONFIG_CUSTOM',
    what: `--custom ${folder} adds nothing`,
    where: resolve(folder),
    got: isFolder(folder) ? 'a folder with neither configs/ nor scripts/' : 'no folder',
    hint: 'name the folder that holds configs/ or scripts/',
  });
}

/** The layer that stands for the built-in tree with --configs: the folder of configuration files, the one above, or one top-level file. */
export function standaloneLayer(folder: string): ConfigLayer {
  const path = resolve(folder);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) {
    return { ...standaloneLayer(dirname(path)), configs: dirname(path), top: basename(path) };
  }
  const holds = (candidate: string): boolean => TOP_FILES.some(name => existsSync(join(candidate, name)));
  const configs = !holds(path) && holds(join(path, 'configs')) ? join(path, 'configs') : path;
  return { configs, scripts: join(dirname(configs), 'scripts'), declares: false };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function loadVars(path: string) {
  return loadHocon(resolve(path), { roots: [dirname(resolve(path))] });
}

/** Positions in it are the number of the --set, and where in it. */
const SET_SOURCE = '--set';
/** Values that are read as configuration; everything else is a plain text, so that no shell needs two layers of quotes. */
const WRITTEN_OUT = /^(?:[[{"].*|true|false|null|-?\d+(?:\.\d+)?)$/s;

/** A key ends at the first `=` that stands in no quotes: names of kernel options have some. */
const SET = /^((?:"(?:\\.|[^"\\])*"|[^"=])+)=(.*)$/s;

function parseSets(sets: readonly string[]): Result<{ readonly root: HoconObject; readonly text: string } | undefined> {
  if (sets.length === 0) return ok(undefined);
  const lines: string[] = [];
  for (const set of sets) {
    const [, key, value] = SET.exec(set) ?? [];
    if (key === undefined || value === undefined) {
      return fail({
        code: 'AIB_CONFIG_SET',
        what: '--set needs a key and a value',
        got: set,
        hint: 'write --set disk_size=200 or --set packages.vim=true',
      });
    }
    lines.push(`${key.trim()} = ${WRITTEN_OUT.test(value.trim()) ? value.trim() : JSON.stringify(value)}`);
  }
  const text = lines.join('\n');
  const root = parseHocon(text, SET_SOURCE);
  return root.ok ? ok({ root: root.value, text }) : root;
}
