/** The settings that every image requires. */
import type { Failure } from '../../util/failure.ts';
import type { NamedVariant } from '../tree/label.ts';
import { settingAt } from '../tree/merge.ts';

const NEEDED: readonly (readonly [string, string])[] = [
  ['project', 'project = "https://…", which must be unique: identifiers in images and at clouds are made from it'],
  ['name', 'name = ["{cloud}_my-image", …]'],
  ['disk_size', 'disk_size = [128], in MiB'],
];

/** One failure for each setting that is missing in any variant; it names the first such variant. */
export function missingSettings(variants: readonly NamedVariant[]): readonly Failure[] {
  return NEEDED.flatMap(([key, example]) => {
    const without = variants.find(({ variant }) => {
      const setting = settingAt(variant.settings, key);
      if (setting?.kind === 'list') return setting.items.length === 0;
      return setting === undefined || (setting.kind === 'scalar' && setting.value === null);
    });
    if (without === undefined) return [];
    const got = `no value in ${without.name}`;
    const what = `Required setting \`${key}\` is missing`;
    return [{ code: 'AIB_CONFIG_MISSING', what, got, hint: `add ${example}` }];
  });
}
