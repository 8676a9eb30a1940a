/**
 * `aib du`: the size of the store by kind, by label and by project, and how much a collection could free. Does not wait for a running
 * build.
 */
import { columns } from '../../report/text/columns.ts';
import { type Usage, type Use, usageOf } from '../../store/upkeep/usage.ts';
import { formatBytes } from '../../util/bytes.ts';
import { storeVerb } from '../session/store-verb.ts';
import type { Options } from '../words/options.ts';

export async function duCommand(options: Options): Promise<number> {
  return storeVerb(options, {
    changes: false,
    work: usageOf,
    lines: usage => (options.json === true ? [JSON.stringify(usage)] : usageLines(usage)),
  });
}

function usageLines({ kinds, labels, projects, total, liveBytes, collectableBytes }: Usage): readonly string[] {
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
    ...(projects.length === 0 ? [] : [...columns([head('project'), ...projects.map(row)], right), '']),
    `${total.blobs} blobs, ${formatBytes(total.bytes)}: the newest results use ${formatBytes(liveBytes)}, aib gc can remove ${formatBytes(collectableBytes)}`,
  ];
}
