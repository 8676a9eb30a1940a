import { describe, expect, it } from 'vitest';
import { parseHocon } from './hocon/parse.ts';
import { type Setting, settingAt } from './merge.ts';
import { type Matrix, resolveMatrix } from './variants.ts';

function matrix(text: string): Matrix {
  const root = parseHocon(text, 'test.conf');
  if (!root.ok) throw new Error(root.error.what);
  const resolved = resolveMatrix(root.value);
  if (!resolved.ok) throw new Error(resolved.error.what);
  return resolved.value;
}

/** A plain value for comparison. */
function plain(setting: Setting | undefined): unknown {
  if (setting === undefined) return undefined;
  if (setting.kind === 'scalar') return setting.value;
  if (setting.kind === 'list') return setting.items.map(plain);
  return [...setting.entries].map(([key, value]) => [key, plain(value)]);
}

/** The value of one key in the variant that has all the dimension keys. */
function value(text: string, keys: readonly string[], ...path: readonly string[]): unknown {
  const variant = matrix(text).variants.find(({ keys: own }) => keys.every(key => [...own.values()].includes(key)));
  return plain(settingAt(variant?.settings ?? expect.unreachable(), ...path));
}

const TWO = 'Dimensions { arch { x {} , y {} }, cloud { aws {}, gcp {} } }';

describe('the matrix', () => {
  it('is every combination, in the order of the configuration', () => {
    const names = matrix(TWO).variants.map(({ keys }) => [...keys.values()].join('-'));
    expect(names).toEqual(['x-aws', 'x-gcp', 'y-aws', 'y-gcp']);
  });

  it('leaves out what a dimension excludes, also from within WHEN', () => {
    const text =
      'Dimensions { arch { x {}, y { EXCLUDE = [gcp] } }, cloud { aws { WHEN { x { EXCLUDE = x } } }, gcp {} } }';
    expect(matrix(text).variants.map(({ keys }) => [...keys.values()].join('-'))).toEqual(['x-gcp', 'y-aws']);
  });

  it('says where a dimension is no map', () => {
    const root = parseHocon('Dimensions { arch = 3 }', 'test.conf');
    const resolved = resolveMatrix(root.ok ? root.value : expect.unreachable());
    expect(resolved).toMatchObject({ ok: false, error: { code: 'AIB_CONFIG_SHAPE', where: 'test.conf:1:21' } });
  });
});

describe('laying blocks over each other', () => {
  const over = (bottom: string, top: string): string => `Default { ${bottom} }\nDimensions { arch { x { ${top} } } }`;

  it.each([
    ['lists append', 'a = [1]', 'a = [2]', ['1', '2']],
    ['scalars replace', 'a = 1', 'a = 2', '2'],
    ['a scalar replaces a list', 'a = [1]', 'a = 2', '2'],
    [
      'maps merge, a changed key keeps its place',
      'a { p = 1, q = 2 }',
      'a { r = 3, p = 4 }',
      [
        ['p', '4'],
        ['q', '2'],
        ['r', '3'],
      ],
    ],
    ['null resets, within one block as well', 'a = [1]', 'a = null\n a = [2]', ['2']],
    ['null resets a map', 'a { p = true }', 'a = null\n a { q = true }', [['q', true]]],
    ['null at the end is null', 'a = 1', 'a = null', null],
    ['numbers keep their text', 'a = 3.1', 'a = 3.10', '3.10'],
  ])('%s', (_title, bottom, top, wanted) => {
    expect(value(over(bottom, top), ['x'], 'a')).toEqual(wanted);
  });

  it('goes Default, dimensions in their order with WHEN after each, Mandatory', () => {
    const text = `
      Default { a = [default] }
      Dimensions {
        version { "3.20" { a = [version], WHEN { aws { a = [version-aws] }, gcp { a = [version-gcp] } } } }
        cloud { aws { a = [cloud], WHEN { "3.20 3.19" { a = [cloud-3.20] } } }, gcp {} }
      }
      Mandatory { a = [mandatory] }`;
    expect(value(text, ['aws'], 'a')).toEqual([
      'default',
      'version',
      'version-aws',
      'cloud',
      'cloud-3.20',
      'mandatory',
    ]);
  });

  it('takes nested WHEN as AND, several words as OR', () => {
    const text = `
      Default { WHEN { "x y" { a = [or], WHEN { aws { a = [and] } } } } }
      Dimensions { arch { x {}, z {} }, cloud { aws {}, gcp {} } }`;
    expect(value(text, ['x', 'aws'], 'a')).toEqual(['or', 'and']);
    expect(value(text, ['x', 'gcp'], 'a')).toEqual(['or']);
    expect(value(text, ['z', 'aws'], 'a')).toBeUndefined();
  });

  it('remembers every place that made a value', () => {
    const text = 'Default { a = [1] }\nDimensions { arch { x {\n  a = [2] } } }';
    const [variant] = matrix(text).variants;
    const origins = settingAt(variant?.settings ?? expect.unreachable(), 'a')?.origins.map(({ line }) => line);
    expect(origins).toEqual([1, 3]);
  });
});
