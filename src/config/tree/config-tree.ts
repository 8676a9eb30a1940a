/**
 * The configuration as files: layers of folders with configs/ and scripts/, the top-level file, and the options of the command line. Must
 * not read files outside of those folders, except the files of --vars.
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
  /** Every path that was read or looked for, as named; if none of them and no link target changes, the result is the same. */
  readonly files: readonly string[];
  readonly sources: ReadonlyMap<string, string>;
}

export interface TreeOptions {
  /** `a.b=value`; later ones override earlier ones. */
  readonly sets?: readonly string[] | undefined;
  /** Files; later ones override earlier ones; `sets` override all of them. */
  readonly vars?: readonly string[] | undefined;
}

/** Names of the top-level file: `images.conf`, or `alpine.conf` in a tree without it. */
const TOP_FILES = ['images.conf', 'alpine.conf'];

/** Lowest layer first. */
export function loadTree(layers: readonly ConfigLayer[], options: TreeOptions = {}): Result<ConfigTree> {
  const first = topFile(layers);
  if (first === undefined) {
    return fail({
      code: 'AIB_CONFIG_FILE',
      what: 'No top-level configuration file found, neither images.conf nor alpine.conf',
      where: layers.map(({ configs }) => configs).join(', '),
      hint: 'name a folder that contains one of them, or create a project with aib init DIR',
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

/** From the highest layer that has one; images.conf of any layer is preferred to alpine.conf. */
function topFile(layers: readonly ConfigLayer[]): string | undefined {
  for (const name of TOP_FILES) {
    const paths = layers.map(({ configs, top }) => join(configs, top ?? name));
    const found = paths.findLast(path => existsSync(path));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The layer of a --custom folder. */
export function customLayer(folder: string): Result<ConfigLayer> {
  const [configs, scripts] = [join(resolve(folder), 'configs'), join(resolve(folder), 'scripts')];
  if (isFolder(configs) || isFolder(scripts)) return ok({ configs, scripts, declares: true });
  return fail({
    code: 'AIB_CONFIG_CUSTOM',
    what: `--custom ${folder} contains neither configs/ nor scripts/`,
    where: resolve(folder),
    got: isFolder(folder) ? 'a folder without them' : 'not a folder',
    hint: 'name the folder that contains configs/ or scripts/',
  });
}

/** The layer that replaces the built-in tree with --configs: the folder of configuration files, its parent, or one top-level file. */
export function standaloneLayer(folder: string): ConfigLayer {
  const path = resolve(folder);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) {
    return { ...standaloneLayer(dirname(path)), configs: dirname(path), top: basename(path) };
  }
  const isTree = (candidate: string): boolean => TOP_FILES.some(name => existsSync(join(candidate, name)));
  const configs = !isTree(path) && isTree(join(path, 'configs')) ? join(path, 'configs') : path;
  return { configs, scripts: join(dirname(configs), 'scripts'), declares: false };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function loadVars(path: string) {
  return loadHocon(resolve(path), { roots: [dirname(resolve(path))] });
}

/** In its positions the line is the number of the --set. */
const SET_SOURCE = '--set';
/** Values that are read as configuration; everything else is a plain text, so that two layers of quotes in a shell are not necessary. */
const WRITTEN_OUT = /^(?:[[{"].*|true|false|null|-?\d+(?:\.\d+)?)$/s;

/** A key ends at the first `=` outside of quotes: names of kernel options can contain `=`. */
const SET = /^((?:"(?:\\.|[^"\\])*"|[^"=])+)=(.*)$/s;

function parseSets(sets: readonly string[]): Result<{ readonly root: HoconObject; readonly text: string } | undefined> {
  if (sets.length === 0) return ok(undefined);
  const lines: string[] = [];
  for (const set of sets) {
    const [, key, value] = SET.exec(set) ?? [];
    if (key === undefined || value === undefined) {
      return fail({
        code: 'AIB_CONFIG_SET',
        what: '--set requires a key and a value',
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
