/** `aib fsck`: checks everything in the store, and removes what is damaged, so that the next build makes it again. */
import { faultLines } from '../../report/tables/fault-lines.ts';
import { scrub } from '../../store/upkeep/scrub.ts';
import { EXIT } from '../session/messages.ts';
import { storeVerb } from '../session/store-verb.ts';
import type { Options } from '../words/options.ts';

/** Only removal requires the build lock; `--dry-run` works during a build. */
export async function fsckCommand(options: Options): Promise<number> {
  const { dryRun = false, deep = false, json = false } = options;
  const removes = !dryRun;
  return storeVerb(options, {
    changes: removes,
    work: (store, signal) => scrub(store, { deep, mend: removes, signal }),
    lines: (scrubbed, cache) =>
      json ? [JSON.stringify({ ...scrubbed, mended: removes })] : faultLines(scrubbed, cache, removes),
    exit: ({ faults }) => (faults.length === 0 ? EXIT.done : EXIT.failed),
  });
}
