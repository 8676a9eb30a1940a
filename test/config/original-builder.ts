/**
 * The result of Alpine's own builder for a configuration, implemented a second time and differently from src/config/: on plain data, one
 * variant after the other, merging every block into one growing object. Only for tests, and never changed just to agree with src/config/.
 */
import type { PlainMap, PlainValue } from './other-parser.ts';

interface Growing {
  [key: string]: PlainValue;
}

/** By version: its release, which is used in names, and the page that announces it. */
export type OriginalReleases = Readonly<Record<string, { readonly release: string; readonly notes?: string }>>;

/** Every variant's final values, by the keys of the dialect, in the form of `aib config --json`. */
export function originalVariants(root: PlainMap, releases: OriginalReleases): readonly PlainMap[] {
  const dimensions = Object.entries(mapOf(root.Dimensions));
  const combinations = dimensions.reduce<readonly (readonly string[])[]>(
    (chosen, [, keys]) => chosen.flatMap(some => Object.keys(mapOf(keys)).map(key => [...some, key])),
    [[]],
  );
  return combinations.flatMap(keys => {
    const variant = grow(root, dimensions, keys, releases);
    return variant === undefined ? [] : [variant];
  });
}

function grow(
  root: PlainMap,
  dimensions: readonly (readonly [string, PlainValue])[],
  keys: readonly string[],
  releases: OriginalReleases,
): PlainMap | undefined {
  const config: Growing = Object.fromEntries(dimensions.map(([name], index) => [name, keys[index] ?? '']));
  const { release = '', notes } = releases[String(config.version)] ?? {};
  config.image_key = keys.map(key => (key === config.version ? release : key)).join('-');
  config.release = release;
  lay(config, quotedLast(mapOf(root.Default)));
  for (const [index, [name, blocks]] of dimensions.entries()) {
    const block = quotedLast(mapOf(mapOf(blocks)[keys[index] ?? '']));
    // The version's block is given the release before anything is merged.
    lay(config, name === 'version' ? { ...block, name: [release], description: [release] } : block);
    while (config.WHEN !== undefined) {
      const when = mapOf(config.WHEN);
      delete config.WHEN;
      for (const [words, inner] of Object.entries(when)) {
        if (words.split(' ').some(word => keys.includes(word))) lay(config, mapOf(inner));
      }
    }
    const excluded = listOf(config.EXCLUDE ?? []).map(String);
    delete config.EXCLUDE;
    if (excluded.some(key => keys.includes(key))) return undefined;
  }
  lay(config, quotedLast(mapOf(root.Mandatory)));
  return settled(config, notes);
}

/** Merges maps, appends lists, and replaces everything else. */
function lay(below: Growing, above: PlainMap): void {
  for (const [key, value] of Object.entries(above)) {
    const known = below[key];
    if (isMap(known) && isMap(value)) {
      const copy: Growing = { ...known };
      lay(copy, value);
      below[key] = copy;
    } else if (Array.isArray(known) && Array.isArray(value)) below[key] = [...known, ...value];
    else below[key] = value;
  }
}

/** Moves keys that must be quoted after the other keys of their map, before the map is merged for the first time. */
function quotedLast(map: PlainMap): PlainMap {
  const entries = Object.entries(map).map(([key, value]) => [key, isMap(value) ? quotedLast(value) : value] as const);
  const isQuoted = ([key]: readonly [string, PlainValue]): boolean => /[$}[\]:=+#`^?!@*&.]/.test(key);
  return Object.fromEntries([...entries.filter(entry => !isQuoted(entry)), ...entries.filter(isQuoted)]);
}

function settled(config: Growing, notes: string | undefined): PlainMap {
  const words: Growing = { ...config, release_notes: notes ?? '' };
  words.v_version = config.version === 'edge' ? 'edge' : `v${String(config.version)}`;
  const fill = (text: string): string =>
    text.replaceAll(/\{(\w+)\}/g, (whole, word: string) =>
      ['cloud', 'revision'].includes(word) && text === name ? whole : String(words[word] ?? whole),
    );
  const name = listOf(config.name ?? []).join('-');
  const paragraphs = Object.entries(mapOf(config.motd ?? {})).flatMap(([key, text]) =>
    text === null || (key === 'release_notes' && notes === undefined)
      ? []
      : [Array.isArray(text) ? text.join('\n') : text],
  );
  return {
    ...config,
    name: fill(name),
    description: fill(listOf(config.description ?? []).join(' ')),
    motd: fill(paragraphs.join('\n\n')),
    disk_size: listOf(config.disk_size ?? []).reduce<number>((sum, size) => sum + Number(size), 0),
    repos: Object.entries(mapOf(config.repos ?? {})).flatMap(([url, value]) => {
      const address = url
        .replaceAll('{version}', String(config.version))
        .replaceAll('{v_version}', String(words.v_version));
      if (value === null) return [];
      return [value === true ? address : value === false ? `#${address}` : `@${String(value)} ${address}`];
    }),
    packages: packages(mapOf(config.packages ?? {})),
    services: {
      enable: services(mapOf(config.services ?? {}), true),
      disable: services(mapOf(config.services ?? {}), false),
    },
    kernel_modules: trueKeys(mapOf(config.kernel_modules ?? {})),
    kernel_options: trueKeys(mapOf(config.kernel_options ?? {})),
    initfs_features: trueKeys(mapOf(config.initfs_features ?? {})),
    ...(typeof config.storage_url === 'string' ? { storage_url: fill(config.storage_url) } : {}),
    ...(typeof config.download_url === 'string' ? { download_url: fill(config.download_url) } : {}),
  };
}

function packages(map: PlainMap): PlainMap {
  const sets = { add: [] as string[], del: [] as string[], noscripts: [] as string[] };
  for (const [name, value] of Object.entries(map)) {
    if (value === null) continue;
    if (typeof value === 'boolean') sets[value ? 'add' : 'del'].push(name);
    else {
      const tag = String(value).replace('--no-scripts', '').trim();
      sets[String(value).includes('--no-scripts') ? 'noscripts' : 'add'].push(tag === '' ? name : `${name}@${tag}`);
    }
  }
  return sets;
}

function services(levels: PlainMap, wanted: boolean): PlainMap {
  const named = Object.entries(levels).map(([level, names]) => [level, trueKeys(mapOf(names), wanted)] as const);
  return Object.fromEntries(named.filter(([, names]) => names.length > 0));
}

function trueKeys(map: PlainMap, wanted = true): readonly string[] {
  return Object.entries(map).flatMap(([key, value]) => (value === wanted ? [key] : []));
}

function isMap(value: PlainValue | undefined): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapOf(value: PlainValue | undefined): PlainMap {
  if (isMap(value)) return value;
  throw new TypeError(`a map was expected, not ${JSON.stringify(value)}`);
}

function listOf(value: PlainValue): readonly PlainValue[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`a list was expected, not ${JSON.stringify(value)}`);
}
