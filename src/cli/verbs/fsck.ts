/** `aib fsck`: looks at every byte of the store, and removes what is wrong so that the next build makes it again. */
import { faultLines } from '../../report/tables/fault-lines.ts';
import { scrub } from '../../store/upkeep/scrub.ts';
import { EXIT } from '../session/messages.ts';
import { storeVerb } from '../session/store-verb.ts';
import type { Options } from '../words/options.ts';

/** Only what takes something away wants the build lock; `--dry-run` goes on beside a build. */
export async function fsckCommand(options: Options): Promise<number> {
  const { dryRun = false, deep = false, json = false } = options;
  const mend = !dryRun;
  return storeVerb(options, {
    changes: mend,
    work: (store, signal) => scrub(store, { deep, mend, signal }),
    lines: (scrubbed, cache) =>
      json ? [JSON.stringify({ ...scrubbed, mended: mend })] : faultLines(scrubbed, cache, mend),
    exit: ({ faults }) => (faults.length === 0 ? EXIT.done : EXIT.failed),
  });
}
