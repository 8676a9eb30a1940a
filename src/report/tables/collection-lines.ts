/** What a collection removed or would remove, and what it kept and why, as lines for users. */

import type { Collected } from '../../store/upkeep/collect.ts';
import type { CountedRecord } from '../../store/upkeep/store-contents.ts';
import { formatBytes } from '../../util/bytes.ts';
import { columns } from '../text/columns.ts';
import { count } from '../text/count.ts';

export interface CollectionContext {
  readonly dryRun: boolean;
  /** Bytes. */
  readonly maxBytes: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The complete output of `aib gc`. */
export function collectionLines(collected: Collected, context: CollectionContext): readonly string[] {
  const { records, orphans, forgotten, leftovers, kept } = collected;
  const took = context.dryRun ? 'would remove' : 'removed';
  const lines: string[] = [];
  if (records.length > 0) {
    lines.push(`${took} ${count(records.length, 'result')}, the least recently used first:`);
    const rows = records.map(each => [
      `  ${each.record.label}`,
      each.record.kind,
      age(each, context.now),
      each.projects.join(', '),
    ]);
    lines.push(...columns(rows));
  }
  if (orphans > 0) lines.push(`${took} ${count(orphans, 'blob')} that no result uses`);
  for (const folder of forgotten)
    lines.push(`${took} the project ${folder} from the list of projects: its folder no longer exists`);
  for (const name of leftovers) lines.push(`${took} ${name}`);
  if (lines.length === 0) lines.push(context.dryRun ? 'would remove nothing' : 'removed nothing');
  else lines.push(`${took} ${formatBytes(collected.freed)} of blobs`);
  lines.push(
    `kept ${count(kept.liveRecords, 'newest result')} of labels, with their inputs: ${formatBytes(kept.liveBytes)}`,
    `kept ${count(kept.records - kept.liveRecords, 'older result')}: ${formatBytes(kept.bytes - kept.liveBytes)} more`,
    limitLine(collected, context.maxBytes),
  );
  return lines;
}

/** One line, for the end of a build. */
export function collectionNotice(collected: Collected, maxBytes: number): string | undefined {
  const { records, blobs, freed } = collected;
  const isTooMuch = collected.kept.liveBytes > maxBytes;
  if (blobs.length === 0 && !isTooMuch) return undefined;
  const took = `removed ${count(records.length, 'old result')} to free ${formatBytes(freed)}`;
  return blobs.length === 0 ? limitLine(collected, maxBytes) : `${took}; ${limitLine(collected, maxBytes)}`;
}

function limitLine({ kept }: Collected, maxBytes: number): string {
  // `--max-size 0` requests the smallest possible store.
  if (maxBytes === 0) return `the store uses ${formatBytes(kept.bytes)}, only the newest results`;
  if (kept.liveBytes > maxBytes) {
    return `the newest results use ${formatBytes(kept.liveBytes)}, more than the limit of ${formatBytes(maxBytes)}, and are kept: raise cache_size in aib.local.conf, or --cache-size`;
  }
  const most = maxBytes === Number.POSITIVE_INFINITY ? 'without a limit' : `of at most ${formatBytes(maxBytes)}`;
  return `the store uses ${formatBytes(kept.bytes)} ${most}`;
}

function age({ used }: CountedRecord, now: number): string {
  const days = Math.floor((now - used) / 86_400_000);
  return days <= 0 ? 'used today' : `used ${count(days, 'day')} ago`;
}
