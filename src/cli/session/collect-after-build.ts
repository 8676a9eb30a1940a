/** Reduces the store to its size limit after a build that ran something. A failure here prints a notice and does not fail the build. */
import { collectionNotice } from '../../report/tables/collection-lines.ts';
import { storeFailure } from '../../store/database/store-failure.ts';
import type { Store } from '../../store/store.ts';
import { collect } from '../../store/upkeep/collect.ts';

/** Removes nothing while the store is below its limit. */
export async function collectAfterBuild(store: Store, maxBytes: number, tell: (line: string) => void): Promise<void> {
  if (store.blobs.recordedBytes <= maxBytes) return;
  try {
    const line = collectionNotice(await collect(store, { maxBytes, began: processStart() }), maxBytes);
    if (line !== undefined) tell(line);
  } catch (error) {
    const failure = storeFailure(error);
    if (failure === undefined) throw error;
    tell(`the store could not be reduced to its size limit: ${failure.got ?? failure.what}`);
  }
}

/** Milliseconds since 1970; younger files may belong to a running process. */
export function processStart(): number {
  return Date.now() - process.uptime() * 1_000;
}
