/** `aib fsck`: looks at every byte of the store, and removes what is wrong so that the next build makes it again. */
import { existsSync } from 'node:fs';
import { faultLines } from '../report/faults.ts';
import { type Scrubbed, scrub } from '../store/scrub.ts';
import type { Store } from '../store/store.ts';
import { withLockedStore, withStoreToRead } from './locked-store.ts';
import type { Options } from './main.ts';
import { EXIT, interruption, notice, showFailure, workspaceOf } from './session.ts';

/** Only what takes something away wants the build lock; `--dry-run` goes on beside a build. */
export async function fsckCommand(options: Options): Promise<number> {
  const workspace = workspaceOf(options);
  if (!workspace.ok) return showFailure(workspace.error);
  const { cache } = workspace.value;
  if (!existsSync(cache)) {
    notice(`there is no store at ${cache}`);
    return EXIT.done;
  }
  const signal = interruption();
  const { dryRun = false, deep = false } = options;
  const work = async (store: Store): Promise<Scrubbed> => scrub(store, { deep, mend: !dryRun, signal });
  const scrubbed = dryRun ? await withStoreToRead(cache, signal, work) : await withLockedStore(cache, signal, work);
  if (!scrubbed.ok) return showFailure(scrubbed.error);
  const lines =
    options.json === true
      ? [JSON.stringify({ ...scrubbed.value, mended: !dryRun })]
      : faultLines(scrubbed.value, cache, !dryRun);
  for (const line of lines) process.stdout.write(`${line}\n`);
  return scrubbed.value.faults.length === 0 ? EXIT.done : EXIT.failed;
}
