/** `aib gc`: removes the least recently used results until the store is below its limit, and removes leftovers. Waits for a running build. */
import type { Workspace } from '../../config/workspace/workspace.ts';
import { type CollectionContext, collectionLines } from '../../report/tables/collection-lines.ts';
import { type Collected, collect } from '../../store/upkeep/collect.ts';
import { ok, type Result } from '../../util/result.ts';
import { processStart } from '../session/collect-after-build.ts';
import { showFailure } from '../session/messages.ts';
import { storeVerb } from '../session/store-verb.ts';
import { cacheLimit } from '../words/cache-limit.ts';
import type { Options } from '../words/options.ts';
import { workspaceOf } from '../words/workspace-of.ts';

const DAY = 86_400_000;

export async function gcCommand(options: Options): Promise<number> {
  const workspace = workspaceOf(options);
  if (!workspace.ok) return showFailure(workspace.error);
  const limits = limitsOf(workspace.value, options);
  if (!limits.ok) return showFailure(limits.error);
  const { maxBytes } = limits.value;
  const { dryRun = false } = options;
  return storeVerb(options, {
    changes: !dryRun,
    work: store => collect(store, { ...limits.value, dryRun, began: processStart() }),
    lines: collected => {
      const context: CollectionContext = { dryRun, maxBytes, now: Date.now() };
      return options.json === true ? [asJson(collected, context)] : collectionLines(collected, context);
    },
  });
}

function limitsOf(
  workspace: Workspace,
  options: Options,
): Result<{ readonly maxBytes: number; readonly labelLifetime?: number }> {
  const { maxSize, keepDays } = options;
  const max = maxSize === undefined ? cacheLimit(workspace, options) : ok(maxSize);
  if (!max.ok) return max;
  return ok({ maxBytes: max.value, ...(keepDays === undefined ? {} : { labelLifetime: keepDays * DAY }) });
}

function asJson(collected: Collected, { dryRun, maxBytes }: CollectionContext): string {
  const { records, blobs, orphans, forgotten, leftovers, freed, kept } = collected;
  return JSON.stringify({
    dryRun,
    maxBytes: Number.isFinite(maxBytes) ? maxBytes : null,
    removed: {
      results: records.map(({ record: { label, kind, key }, used, projects }) => ({
        label,
        kind,
        key,
        used,
        projects,
      })),
      blobs: blobs.length,
      orphans,
      forgotten,
      leftovers,
      bytes: freed,
    },
    kept,
  });
}
