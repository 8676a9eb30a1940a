import { expect, it } from 'vitest';
import { parseHocon } from '../hocon/parse.ts';
import { nameVariants } from '../tree/label.ts';
import { resolveMatrix } from '../tree/variants.ts';
import { missingSettings } from './needed-settings.ts';

function missing(text: string): readonly string[] {
  const root = parseHocon(
    `Default { ${text} }
    Dimensions { version { "3.20" {} }, arch { x86_64 {} }, firmware { uefi {} }, bootstrap { tiny {} }, cloud { aws {}, gcp {} } }`,
    'test.conf',
  );
  const matrix = resolveMatrix(root.ok ? root.value : expect.unreachable());
  const failures = missingSettings(nameVariants(matrix.ok ? matrix.value : expect.unreachable()));
  for (const { code, got } of failures)
    expect([code, got]).toEqual(['AIB_CONFIG_MISSING', 'no value in //aws/x86_64/uefi/tiny@3.20']);
  return failures.map(({ what }) => what);
}

it.each([
  ['project = p, name = [n], disk_size = [128]', []],
  ['project = p, name = [n], disk_size = 128', []],
  ['project = p, name = [n], disk_size = null', ['Required setting `disk_size` is missing']],
  ['project = p, name = [n], disk_size = []', ['Required setting `disk_size` is missing']],
  ['project = p', ['Required setting `name` is missing', 'Required setting `disk_size` is missing']],
  ['name = [n], disk_size = [1]', ['Required setting `project` is missing']],
])('of { %s } lacks %j, told once for all variants', (text, expected) => {
  expect(missing(text)).toEqual(expected);
});
