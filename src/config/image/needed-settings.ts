/** Settings without which there is no image. */
import type { Failure } from '../../util/failure.ts';
import type { NamedVariant } from '../tree/label.ts';
import { settingAt } from '../tree/merge.ts';

const NEEDED: readonly (readonly [string, string])[] = [
  ['project', 'project = "https://…", unique to you: names of images and identifiers in them are made from it'],
  ['name', 'name = ["{cloud}_my-image", …]'],
  ['disk_size', 'disk_size = [128], in MiB'],
];

/** One sentence for each that any of the variants lacks: the first that does stands for the others. */
export function missingSettings(variants: readonly NamedVariant[]): readonly Failure[] {
  return NEEDED.flatMap(([key, example]) => {
    const lacking = variants.find(({ variant }) => {
      const setting = settingAt(variant.settings, key);
      if (setting?.kind === 'list') return setting.items.length === 0;
      return setting === undefined || (setting.kind === 'scalar' && setting.value === null);
    });
    if (lacking === undefined) return [];
    const got = `nothing in ${lacking.name}`;
    return [{ code: 'AIB_CONFIG_MISSING', what: `Nothing says ${key}`, got, hint: `add ${example}` }];
  });
}
