/** Keeps the store to its size after a build that ran something. What goes wrong here is told and fails no build. */
import { collectionNotice } from '../../report/tables/collection-lines.ts';
import { storeFailure } from '../../store/database/store-failure.ts';
import type { Store } from '../../store/store.ts';
import { collect } from '../../store/upkeep/collect.ts';

/** Only looks, as long as there is room. */
export async function collectAfterBuild(store: Store, maxBytes: number, tell: (line: string) => void): Promise<void> {
  if (store.blobs.recordedBytes <= maxBytes) return;
  try {
    const line = collectionNotice(await collect(store, { maxBytes, began: processStart() }), maxBytes);
    if (line !== undefined) tell(line);
  } catch (error) {
    const failure = storeFailure(error);
    if (failure === undefined) throw error;
    tell(`the store could not be collected: ${failure.got ?? failure.what}`);
  }
}

/** Milliseconds since 1970; what is younger may be somebody's work under way. */
export function processStart(): number {
  return Date.now() - process.uptime() * 1_000;
}
