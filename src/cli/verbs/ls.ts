/** `aib ls`: the variants of the project, and the state of their images. Builds nothing. */
import type { ImageConfig } from '../../config/image/image-config.ts';
import { keyFilter } from '../../config/tree/key-filter.ts';
import { selectVariants } from '../../config/tree/label.ts';
import type { Label } from '../../engine/model/graph.ts';
import { factRecord } from '../../query/graph/fact-record.ts';
import { type KnownState, nodeStates, stateFacts } from '../../query/graph/state-facts.ts';
import { columns } from '../../report/text/columns.ts';
import { variantLabel } from '../../rules/labels.ts';
import { formatBytes } from '../../util/bytes.ts';
import { ok } from '../../util/result.ts';
import { readOnlyVerb } from '../session/read-only-verb.ts';
import type { Options } from '../words/options.ts';
import { targetOf } from '../words/targets.ts';

export async function lsCommand(labels: readonly string[], options: Options): Promise<number> {
  return readOnlyVerb(options, async ({ project, store }) => {
    const { dimensions, lock, graph } = project;
    const stays = keyFilter(options, dimensions);
    if (!stays.ok) return stays;
    const known = project.configs.filter(({ variant }) => stays.value(variant.variant.keys));
    const patterns = labels.length === 0 ? ['//...@all'] : labels;
    const selected = selectVariants(
      patterns,
      known.map(config => config.variant),
      lock.builder,
    );
    if (!selected.ok) return selected;
    const names = new Set(selected.value.map(({ variant }) => variant.name));
    const configs = known.filter(config => names.has(config.variant.name));
    const images = configs.flatMap(config => graph.nodes.get(imageOf(config)) ?? []);
    const states = await nodeStates(graph, images.map(targetOf), store, project.unanswered);
    return ok(options.json === true ? jsonLines(configs, states) : columns(rows(configs, states), { right: [6] }));
  });
}

function imageOf({ variant }: ImageConfig): Label {
  return variantLabel(variant.name, 'image');
}

type States = ReadonlyMap<Label, KnownState>;

function rows(configs: readonly ImageConfig[], states: States): readonly (readonly string[])[] {
  const head = ['label', 'release', 'format', 'disk', 'state', 'built (UTC)', 'size', 'SHA-256', 'verified'];
  return [
    head,
    ...configs.map(config => {
      const { state = '', built, output, verdict } = states.get(imageOf(config)) ?? {};
      return [
        config.variant.name,
        config.release,
        config.imageFormat,
        `${config.diskMiB} MiB`,
        state,
        built === undefined ? '' : new Date(built).toISOString().slice(0, 16).replace('T', ' '),
        output === undefined ? '' : formatBytes(output.digest.size),
        output?.digest.hash.slice(0, 12) ?? '',
        // The verdict of the image alone says little: the image is a copy of its disk.
        verdict?.chain ?? '',
      ];
    }),
  ];
}

/** One object a line: the variant, and the facts of its image, the same as queries return. */
function jsonLines(configs: readonly ImageConfig[], states: States): readonly string[] {
  return configs.map(config => {
    const known = states.get(imageOf(config));
    return JSON.stringify({
      label: config.variant.name,
      release: config.release,
      format: config.imageFormat,
      disk_size: config.diskMiB,
      ...(known === undefined ? {} : factRecord(stateFacts(known))),
      ...(known?.verdict?.chain === undefined ? {} : { chain: known.verdict.chain }),
    });
  });
}
