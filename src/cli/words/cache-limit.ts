/** The size limit of the store: `--cache-size`, or `cache_size` in aib.local.conf, or a default that depends on the disk. */
import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { readLocal } from '../../config/workspace/local-config.ts';
import type { Workspace } from '../../config/workspace/workspace.ts';
import { ok, type Result } from '../../util/result.ts';
import { parseSize } from './option-values.ts';
import type { Options } from './options.ts';

/** Space for about fifty images with their disks, in two states of the configuration; at most a quarter of the disk. */
const MOST = 20 * 1024 ** 3;
const SHARE = 1 / 4;

/** Bytes; Infinity for `unlimited`. */
export function cacheLimit(workspace: Workspace, options: Pick<Options, 'cacheSize'>): Result<number> {
  if (options.cacheSize !== undefined) return ok(options.cacheSize);
  const local = readLocal(workspace.localConfig, 'cache_size');
  if (!local.ok) return local;
  if (local.value !== undefined)
    return parseSize(local.value, `${workspace.localConfig}, cache_size`, 'AIB_CONFIG_VALUE');
  return ok(defaultLimit(workspace.cache));
}

function defaultLimit(folder: string): number {
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  const { blocks, bsize } = statfsSync(there);
  return Math.min(MOST, Math.floor(blocks * bsize * SHARE));
}
