import { describe, expect, it } from 'vitest';
import { parseHocon } from '../hocon/parse.ts';
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

  it('lets null take a key or a dimension away, as an overlay does', () => {
    const text = `${TWO}\nDimensions { cloud { gcp = null }, arch = null, firmware { uefi {} } }`;
    expect(matrix(text).variants.map(({ keys }) => [...keys.values()].join('-'))).toEqual(['aws-uefi']);
  });

  it('asks EXCLUDE once a dimension, WHEN blocks included; null forgets what was listed', () => {
    const names = (text: string) => matrix(text).variants.map(({ keys }) => [...keys.values()].join('-'));
    expect(names(`Default { EXCLUDE = [y], WHEN { gcp { EXCLUDE = [x] } } }\n${TWO}`)).toEqual(['x-aws']);
    expect(names(`Default { EXCLUDE = [y] }\n${TWO}\nDimensions.arch.y.EXCLUDE = null`)).toContain('y-aws');
    expect(names(`Mandatory { EXCLUDE = gcp }\n${TWO}`)).toEqual(['x-aws', 'y-aws']);
    const versions = 'Dimensions { version { "3.9" {}, "3.10" {} }, machine { vm { EXCLUDE = ["3.9", "3.1"] } } }';
    expect(names(versions)).toEqual(['3.10-vm']);
  });

  it('takes ranges of versions in WHEN and in EXCLUDE, beside plain keys', () => {
    const names = (text: string) => matrix(text).variants.map(({ keys }) => [...keys.values()].join('-'));
    const versions =
      'Dimensions { version { "3.9" {}, "3.10" {}, "3.20" {}, edge {} }, cloud { aws {}, gcp { EXCLUDE = ["<3.20"] } } }';
    expect(names(versions)).toEqual(['3.9-aws', '3.10-aws', '3.20-aws', '3.20-gcp', 'edge-aws', 'edge-gcp']);
    const text = `${versions}\nDimensions.cloud.aws.WHEN { ">=3.10" { scripts = [late], WHEN { "3.20..3.21 gcp" { scripts = [mid] } } } }`;
    expect(value(text, ['3.9', 'aws'], 'scripts')).toBeUndefined();
    expect(value(text, ['3.10', 'aws'], 'scripts')).toEqual(['late']);
    expect(value(text, ['3.20', 'aws'], 'scripts')).toEqual(['late', 'mid']);
    expect(value(text, ['edge', 'aws'], 'scripts')).toEqual(['late']);
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

  it('lays a WHEN of Default with those of the first dimension, and one of Mandatory at the end', () => {
    const text = `
      Default { a = [default], WHEN { x { a = [default-x] } } }
      Dimensions { arch { x { a = [x], WHEN { x { a = [x-x] } } } }, cloud { aws { a = [aws] } } }
      Mandatory { a = [mandatory], WHEN { aws { a = [mandatory-aws] } } }`;
    expect(value(text, ['x'], 'a')).toEqual(['default', 'x', 'default-x', 'x-x', 'aws', 'mandatory', 'mandatory-aws']);
  });

  it('goes through WHEN in rounds: what stands inside comes after all of the round', () => {
    const text = `Dimensions { arch { x {} }, cloud { aws {
      WHEN { aws { a = [1], WHEN { x { a = [4] } } }, x { a = [2], WHEN { x { a = [5] }, aws { a = [6] } } }, "aws y" { a = [3] } } } } }`;
    expect(value(text, ['aws'], 'a')).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('lays conditions on a version after the others of their round', () => {
    const text =
      'Dimensions { version { "3.20" {} }, cloud { aws { WHEN { "3.19 3.20" { a = old }, aws { a = new } } } } }';
    expect(value(text, ['aws'], 'a')).toBe('old');
  });

  it('resets by null inside WHEN, and null drops WHEN blocks that were included', () => {
    const reset = `Default { r { p = true } }
      Dimensions { cloud { aws { WHEN { aws { r = null, r { q = true } } } } } }`;
    expect(value(reset, ['aws'], 'r')).toEqual([['q', true]]);
    const dropped = 'Dimensions { cloud { aws { WHEN { aws { a = 1 } }, WHEN = null, WHEN { aws { b = 2 } } } } }';
    expect(value(dropped, ['aws'], 'a')).toBeUndefined();
    expect(value(dropped, ['aws'], 'b')).toBe('2');
  });

  it('takes `+=` as the list it makes, which appends like any other', () => {
    expect(value('Default { a = [1] }\nDimensions { arch { x { a += 2, a += 3 } } }', ['x'], 'a')).toEqual([
      '1',
      '2',
      '3',
    ]);
  });

  it('treats settings beside the blocks as the lowest layer, and anything else there as a variable', () => {
    const text = 'project = p, helper { login = l }\nDimensions { arch { x { motd = $' + '{helper} } } }';
    expect(value(text, ['x'], 'project')).toBe('p');
    expect(value(text, ['x'], 'helper')).toBeUndefined();
    expect(value(text, ['x'], 'motd')).toEqual([['login', 'l']]);
  });

  it('lays what the command line says over everything', () => {
    const root = parseHocon('Dimensions { arch { x {} } }\nMandatory { login = a, name = [b] }', 'test.conf');
    const over = parseHocon('login = c, name = [d]', '--set');
    const resolved = resolveMatrix(root.ok ? root.value : expect.unreachable(), over.ok ? [over.value] : []);
    const settings = (resolved.ok ? resolved.value.variants : [])[0]?.settings ?? expect.unreachable();
    expect([plain(settingAt(settings, 'login')), plain(settingAt(settings, 'name'))]).toEqual(['c', ['b', 'd']]);
  });

  it('remembers every place that made a value', () => {
    const text = 'Default { a = [1] }\nDimensions { arch { x {\n  a = [2] } } }';
    const [variant] = matrix(text).variants;
    const origins = settingAt(variant?.settings ?? expect.unreachable(), 'a')?.origins.map(({ line }) => line);
    expect(origins).toEqual([1, 3]);
  });
});

describe('what a variant has in common with its family', () => {
  const text = `
    Default { a = 1, list = [d], WHEN { aws { a = 2 }, x { b = 1 }, "3.9" { c = 1 } } }
    Dimensions {
      version { "3.9" { list = [v] }, "3.10" {} }
      arch { x { list = [x] }, y {} }
      cloud { aws { list = [aws], d = 1 }, gcp { WHEN { x { list = [gcp] } } } }
      machine { vm {}, metal { list = [metal] } }
    }
    Mandatory { list = [m] }`;
  const all = matrix(text).variants;
  const shared = (...keys: readonly string[]) => {
    const found = all.find(variant => keys.every(key => [...variant.keys.values()].includes(key)));
    return found?.shared ?? expect.unreachable();
  };

  it('comes from Default, Mandatory and the blocks of version, arch and machine alone', () => {
    const metal = shared('3.9', 'x', 'aws', 'metal');
    expect(plain(settingAt(metal, 'list'))).toEqual(['d', 'v', 'x', 'metal', 'm']);
    expect(['a', 'b', 'c', 'd'].map(key => plain(settingAt(metal, key)))).toEqual(['1', '1', '1', undefined]);
    expect(plain(settingAt(shared('3.10', 'y', 'gcp', 'vm'), 'list'))).toEqual(['d', 'm']);
  });

  it('is the very same for all of the family', () => {
    expect(shared('3.9', 'x', 'aws', 'vm')).toBe(shared('3.9', 'x', 'gcp', 'vm'));
    expect(shared('3.9', 'x', 'aws', 'vm')).not.toBe(shared('3.9', 'x', 'aws', 'metal'));
  });
});
