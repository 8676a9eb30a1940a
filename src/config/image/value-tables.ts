/**
 * The meaning of true, false, null and a word for repositories, packages and services. The order is that of the configuration.
 *
 *     repos      null skips, false comments out, true plain, a word is a tag
 *     packages   null skips, false deletes, true adds, a word is a tag, "--no-scripts [tag]" adds without running the package's scripts
 *     services   null skips, false disables, true enables
 */
import type { Setting } from '../tree/merge.ts';
import { fill, type Words } from './placeholders.ts';

export interface PackageLists {
  readonly add: readonly string[];
  readonly noScripts: readonly string[];
  readonly delete: readonly string[];
}

/** Runlevel to names. */
export interface ServiceLists {
  readonly enable: ReadonlyMap<string, readonly string[]>;
  readonly disable: ReadonlyMap<string, readonly string[]>;
}

/** Lines of /etc/apk/repositories. */
export function repositoryLines(repos: ReadonlyMap<string, Setting>, words: Words): readonly string[] {
  return [...repos].flatMap(([url, setting]) => {
    if (setting.kind !== 'scalar' || setting.value === null) return [];
    const filled = fill(url, words);
    if (setting.value === true) return [filled];
    if (setting.value === false) return [`#${filled}`];
    return [`@${setting.value} ${filled}`];
  });
}

/** Many variants have the same packages and services, and then share the same map object. */
const knownPackages = new WeakMap<ReadonlyMap<string, Setting>, PackageLists>();

export function packageLists(packages: ReadonlyMap<string, Setting>): PackageLists {
  const known = knownPackages.get(packages) ?? readPackages(packages);
  knownPackages.set(packages, known);
  return known;
}

function readPackages(packages: ReadonlyMap<string, Setting>): PackageLists {
  const sets = { add: [] as string[], noScripts: [] as string[], delete: [] as string[] };
  for (const [name, setting] of packages) {
    if (setting.kind !== 'scalar' || setting.value === null) continue;
    const { value } = setting;
    if (value === true) sets.add.push(name);
    else if (value === false) sets.delete.push(name);
    else if (value.startsWith('--no-scripts'))
      sets.noScripts.push(tagged(name, value.slice('--no-scripts'.length).trim()));
    else sets.add.push(tagged(name, value));
  }
  return sets;
}

function tagged(name: string, tag: string): string {
  return tag === '' ? name : `${name}@${tag}`;
}

const knownServices = new WeakMap<ReadonlyMap<string, Setting>, ServiceLists>();

export function serviceLists(levels: ReadonlyMap<string, Setting>): ServiceLists {
  const known = knownServices.get(levels) ?? readServices(levels);
  knownServices.set(levels, known);
  return known;
}

function readServices(levels: ReadonlyMap<string, Setting>): ServiceLists {
  const pick = (wanted: boolean): ReadonlyMap<string, readonly string[]> => {
    const byLevel = new Map<string, readonly string[]>();
    for (const [level, services] of levels) {
      if (services.kind !== 'map') continue;
      const names = [...services.entries].flatMap(([name, value]) =>
        value.kind === 'scalar' && value.value === wanted ? [name] : [],
      );
      if (names.length > 0) byLevel.set(level, names);
    }
    return byLevel;
  };
  return { enable: pick(true), disable: pick(false) };
}
