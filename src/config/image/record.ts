/**
 * One variant as plain data, for `aib config --json` and its users. It is a contract: keys may be added, but not changed.
 *
 *     every dimension's name: its key          release, end_of_life (null if none is set), image_key: texts
 *     name, description, motd: final texts, with {revision} and {cloud} left in name
 *     disk_size: MiB, summed                   repos: the lines of /etc/apk/repositories
 *     packages: { add, del, noscripts }        services: { enable, disable }, each runlevel → names
 *     kernel_modules, kernel_options, initfs_features: the names that are on
 *
 * All other settings are as in the configuration, with the same keys, in the order of the merge.
 */

import type { Setting } from '../tree/merge.ts';
import type { ImageConfig } from './image-config.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type VariantRecord = { readonly [key: string]: Json };

export function variantRecord(config: ImageConfig): VariantRecord {
  const { keys, settings } = config.variant.variant;
  const { storageUrl, downloadUrl } = config.distribution;
  const settled = new Map<string, Json>([
    ['name', config.name],
    ['description', config.description],
    ['motd', config.motd],
    ['disk_size', config.diskMiB],
    ['repos', config.repositories],
    ['packages', { add: config.packages.add, del: config.packages.delete, noscripts: config.packages.noScripts }],
    ['services', { enable: fromMap(config.services.enable), disable: fromMap(config.services.disable) }],
    ['kernel_modules', config.kernelModules],
    ['kernel_options', config.kernelOptions],
    ['initfs_features', config.initfsFeatures],
  ]);
  if (storageUrl !== undefined) settled.set('storage_url', storageUrl);
  if (downloadUrl !== undefined) settled.set('download_url', downloadUrl);
  const record = new Map<string, Json>([
    ...keys,
    ['release', config.release],
    ['end_of_life', config.endOfLife === '' ? null : config.endOfLife],
    ['image_key', config.imageKey],
    ['name', config.name],
    ['description', config.description],
  ]);
  for (const [key, setting] of settings.entries) {
    if (!record.has(key)) record.set(key, settled.get(key) ?? plain(setting));
  }
  for (const [key, value] of settled) if (!record.has(key)) record.set(key, value);
  return Object.fromEntries(record);
}

/** Each value that is not a list or map, with its path; the items of a list have the path of the list. */
export function leavesOf(record: VariantRecord): readonly (readonly [path: string, value: string])[] {
  const walk = (path: string, value: Json): readonly (readonly [string, string])[] => {
    if (isList(value)) return value.flatMap(item => walk(path, item));
    if (typeof value === 'object' && value !== null)
      return Object.entries(value).flatMap(([key, inner]) => walk(`${path}.${key}`, inner));
    return [[path, String(value)]];
  };
  return Object.entries(record).flatMap(([key, value]) => walk(key, value));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function fromMap(map: ReadonlyMap<string, Json>): Json {
  return Object.fromEntries(map);
}

function plain(setting: Setting): Json {
  if (setting.kind === 'scalar') return setting.value;
  if (setting.kind === 'list') return setting.items.map(plain);
  return Object.fromEntries([...setting.entries].map(([key, value]) => [key, plain(value)]));
}
