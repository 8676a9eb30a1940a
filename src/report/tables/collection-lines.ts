/** What a collection took or would take, and what it left and why, as lines for people. */

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

/** All of it: `aib gc`. */
export function collectionLines(collected: Collected, context: CollectionContext): readonly string[] {
  const { records, orphans, forgotten, leftovers, kept } = collected;
  const took = context.dryRun ? 'would remove' : 'removed';
  const lines: string[] = [];
  if (records.length > 0) {
    lines.push(`${took} ${count(records.length, 'result')}, the longest unused first:`);
    const rows = records.map(each => [
      `  ${each.record.label}`,
      each.record.kind,
      age(each, context.now),
      each.projects.join(', '),
    ]);
    lines.push(...columns(rows));
  }
  if (orphans > 0) lines.push(`${took} ${count(orphans, 'blob')} that no result needs`);
  for (const folder of forgotten)
    lines.push(`${context.dryRun ? 'would forget' : 'forgot'} the project ${folder}, whose folder is gone`);
  for (const name of leftovers) lines.push(`${took} ${name}`);
  if (lines.length === 0) lines.push(context.dryRun ? 'would remove nothing' : 'removed nothing');
  else lines.push(`${took} ${formatBytes(collected.freed)} of blobs`);
  lines.push(
    `kept ${count(kept.liveRecords, 'result')} that a label stands for, with what they read: ${formatBytes(kept.liveBytes)}`,
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
  // Asked for the least there can be, by `--max-size 0`.
  if (maxBytes === 0) return `the store holds ${formatBytes(kept.bytes)}, the newest results alone`;
  if (kept.liveBytes > maxBytes) {
    return `the newest results alone take ${formatBytes(kept.liveBytes)}, more than the ${formatBytes(maxBytes)} allowed, and stay: raise cache_size in aib.local.conf, or --cache-size`;
  }
  const most = maxBytes === Number.POSITIVE_INFINITY ? 'without a limit' : `of at most ${formatBytes(maxBytes)}`;
  return `the store holds ${formatBytes(kept.bytes)} ${most}`;
}

function age({ used }: CountedRecord, now: number): string {
  const days = Math.floor((now - used) / 86_400_000);
  return days <= 0 ? 'used today' : `used ${count(days, 'day')} ago`;
}
