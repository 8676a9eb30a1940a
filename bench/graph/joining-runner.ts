/**
 * Does the work of the synthetic graph's commands without a process for each: fills a store for measurements that need a large store but do
 * not measure its creation. Keys and outputs must be the same as those of the commands.
 */
import type { Runner } from '../../src/engine/run/runner.ts';
import type { Store } from '../../src/store/store.ts';
import { ok } from '../../src/util/result.ts';

export function joiningRunner({ blobs }: Store): Runner {
  return {
    execute: async ({ inputs }) => {
      const parts = await Promise.all([...inputs.values()].map(({ digest }) => blobs.read(digest)));
      return ok({ outputs: { out: { type: 'file', digest: blobs.putBytes(Buffer.concat(parts)) } } });
    },
  };
}
