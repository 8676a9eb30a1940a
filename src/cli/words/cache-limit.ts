/** How much the store may hold: `--cache-size`, or `cache_size` of aib.local.conf, or what suits the disk. */
import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { readLocal } from '../../config/workspace/local-config.ts';
import type { Workspace } from '../../config/workspace/workspace.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Options } from './options.ts';

const UNITS: readonly string[] = ['', 'K', 'M', 'G', 'T'];

/** Room for some fifty images with their disks, in two states of the configuration; but no more than a quarter of the disk. */
const MOST = 20 * 1024 ** 3;
const SHARE = 1 / 4;

/** Bytes; Infinity for `unlimited`. */
export function cacheLimit(workspace: Workspace, options: Pick<Options, 'cacheSize'>): Result<number> {
  if (options.cacheSize !== undefined) return parseSize(options.cacheSize, '--cache-size', 'AIB_USAGE');
  const local = readLocal(workspace.localConfig, 'cache_size');
  if (!local.ok) return local;
  if (local.value !== undefined)
    return parseSize(local.value, `${workspace.localConfig}, cache_size`, 'AIB_CONFIG_VALUE');
  return ok(defaultLimit(workspace.cache));
}

/** `20G`, `500MiB`, `1.5T`, `1048576`, `unlimited`. Units are powers of 1024, as everywhere in aib. */
export function parseSize(text: string, where: string, code: 'AIB_USAGE' | 'AIB_CONFIG_VALUE'): Result<number> {
  if (text === 'unlimited') return ok(Number.POSITIVE_INFINITY);
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text) ?? [];
  const power = UNITS.indexOf(unit.toUpperCase());
  if (number !== undefined && power !== -1) return ok(Math.floor(Number(number) * 1024 ** power));
  return fail({ code, what: 'That is no size', where, got: text, hint: 'write it as 20G, 500M or unlimited' });
}

function defaultLimit(folder: string): number {
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  const { blocks, bsize } = statfsSync(there);
  return Math.min(MOST, Math.floor(blocks * bsize * SHARE));
}
