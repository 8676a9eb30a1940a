/** `aib du`: what the store holds, by kind and by label, and how much of it a collection could free. Waits for no build. */
import { existsSync } from 'node:fs';
import { columns } from '../report/columns.ts';
import type { Store } from '../store/store.ts';
import { type Usage, type Use, usageOf } from '../store/usage.ts';
import { formatBytes } from '../util/bytes.ts';
import { withStoreToRead } from './locked-store.ts';
import type { Options } from './main.ts';
import { printLines } from './print-lines.ts';
import { EXIT, interruption, notice, showFailure, workspaceOf } from './session.ts';

export async function duCommand(options: Options): Promise<number> {
  const workspace = workspaceOf(options);
  if (!workspace.ok) return showFailure(workspace.error);
  const { cache } = workspace.value;
  if (!existsSync(cache)) {
    notice(`there is no store at ${cache}`);
    return EXIT.done;
  }
  const usage = await withStoreToRead(cache, interruption(), async (store: Store) => usageOf(store));
  if (!usage.ok) return showFailure(usage.error);
  await printLines(options.json === true ? [JSON.stringify(usage.value)] : usageLines(usage.value));
  return EXIT.done;
}

function usageLines({ kinds, labels, total, liveBytes, collectableBytes }: Usage): readonly string[] {
  const row = ({ name, results, blobs, bytes, used }: Use): readonly string[] => [
    name,
    String(results),
    String(blobs),
    formatBytes(bytes),
    new Date(used).toISOString().slice(0, 10),
  ];
  const head = (name: string): readonly string[] => [name, 'results', 'blobs', 'on disk', 'last used'];
  const right = { right: [1, 2, 3] };
  return [
    ...columns([head('kind'), ...kinds.map(row)], right),
    '',
    ...columns([head('label'), ...labels.map(row)], right),
    '',
    `${total.blobs} blobs, ${formatBytes(total.bytes)}: ${formatBytes(liveBytes)} that the newest results need, ${formatBytes(collectableBytes)} that aib gc may take`,
  ];
}
