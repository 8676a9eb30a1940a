import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { customLayer, loadTree, standaloneLayer, type TreeOptions } from './config-tree.ts';
import type { ConfigLayer } from './layers.ts';
import { settingAt } from './merge.ts';
import { resolveMatrix } from './variants.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aib-tree-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const TREE = 'Default { login = base, disk_size = [1] }\nDimensions { arch { x86_64 {} } }\n';

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function layer(name: string): ConfigLayer {
  const made = customLayer(join(folder, name));
  return made.ok ? made.value : expect.unreachable(made.error.what);
}

const base = (): ConfigLayer => ({ ...layer('base'), declares: false });

/** The scalar at a path in the only variant. */
function value(layers: readonly ConfigLayer[], path: readonly string[], options: TreeOptions = {}): unknown {
  const tree = loadTree(layers, options);
  if (!tree.ok) return expect.unreachable(JSON.stringify(tree.error));
  const matrix = resolveMatrix(tree.value.root, tree.value.over);
  const [variant] = matrix.ok ? matrix.value.variants : [];
  const setting = settingAt(variant?.settings ?? expect.unreachable(), ...path);
  return setting?.kind === 'list'
    ? setting.items.map(item => item.kind === 'scalar' && item.value)
    : setting?.kind === 'scalar'
      ? setting.value
      : undefined;
}

describe('the top-level file', () => {
  it('is images.conf, or alpine.conf where there is none', () => {
    put('base/configs/alpine.conf', TREE);
    expect(value([base()], ['login'])).toBe('base');
    put('base/configs/images.conf', TREE.replace('base', 'images'));
    expect(value([base()], ['login'])).toBe('images');
  });

  it('may be a link to another', () => {
    put('base/configs/alpine.conf', TREE);
    symlinkSync('alpine.conf', join(folder, 'base/configs/images.conf'));
    expect(value([base()], ['login'])).toBe('base');
  });

  it('is that of the highest layer, which may include the one that it hides', () => {
    put('base/configs/images.conf', TREE);
    put('own/configs/images.conf', 'include required("images.conf")\nDefault.login = own');
    expect(value([base(), layer('own')], ['login'])).toBe('own');
    expect(value([base(), layer('own')], ['disk_size'])).toEqual(['1']);
  });

  it('may be named itself, or by the folder above configs/', () => {
    put('base/configs/images.conf', TREE);
    put('base/configs/other.conf', TREE.replace('base', 'other'));
    expect(value([standaloneLayer(join(folder, 'base'))], ['login'])).toBe('base');
    expect(value([standaloneLayer(join(folder, 'base/configs'))], ['login'])).toBe('base');
    expect(value([standaloneLayer(join(folder, 'base/configs/other.conf'))], ['login'])).toBe('other');
  });

  it('is missed by name', () => {
    mkdirSync(join(folder, 'empty'));
    const tree = loadTree([standaloneLayer(join(folder, 'empty'))]);
    expect(tree).toMatchObject({ ok: false, error: { code: 'AIB_CONFIG_FILE', where: join(folder, 'empty') } });
  });
});

describe('a layer of --custom', () => {
  beforeEach(() => {
    put('base/configs/images.conf', `${TREE}Dimensions.arch.x86_64 { include "arch.conf" }\n`);
    put('base/configs/arch.conf', 'login = lower');
    put('base/scripts/setup', 'lower');
  });

  it('may add files, and hold the same bytes as one below', () => {
    put('own/configs/arch.conf', 'login = lower');
    put('own/scripts/mine', 'x');
    expect(value([base(), layer('own')], ['login'])).toBe('lower');
  });

  it('may not hide a file without saying so; all such are named with both files', () => {
    put('own/configs/arch.conf', 'login = upper');
    put('own/scripts/setup', 'upper');
    const tree = loadTree([base(), layer('own')]);
    const error = tree.ok ? expect.unreachable() : tree.error;
    expect(error.code).toBe('AIB_CONFIG_COLLISION');
    const text = (error.output ?? []).join('\n');
    for (const name of ['configs/arch.conf', 'scripts/setup']) {
      expect(text).toContain(`at    ${join(folder, 'own', name)}`);
      expect(text).toContain(`it would hide ${join(folder, 'base', name)}`);
    }
  });

  it('may hide what its own images.conf declares, and that alone', () => {
    put('own/configs/arch.conf', 'login = upper');
    put('own/configs/images.conf', 'include required("images.conf")\noverrides = ["configs/arch.conf"]');
    expect(value([base(), layer('own')], ['login'])).toBe('upper');
    put('more/configs/arch.conf', 'login = top');
    put('more/configs/images.conf', 'include required("images.conf")');
    expect(loadTree([base(), layer('own'), layer('more')])).toMatchObject({
      ok: false,
      error: { code: 'AIB_CONFIG_COLLISION', got: `it would hide ${join(folder, 'own/configs/arch.conf')}` },
    });
  });

  it('that adds nothing is a mistake', () => {
    mkdirSync(join(folder, 'nothing'));
    expect(customLayer(join(folder, 'nothing'))).toMatchObject({ ok: false, error: { code: 'AIB_CONFIG_CUSTOM' } });
  });
});

describe('what the command line says', () => {
  beforeEach(() => put('base/configs/images.conf', TREE));

  it.each([
    ['login=me', ['login'], 'me'],
    ['login=3.10', ['login'], '3.10'],
    ['project=https://example.org/a#b', ['project'], 'https://example.org/a#b'],
    ['motd.x=Hello, {world} = "you"', ['motd', 'x'], 'Hello, {world} = "you"'],
    ['packages."a.b"=true', ['packages', 'a.b'], true],
    ['packages."busybox=1.37.0-r0"=true', ['packages', 'busybox=1.37.0-r0'], true],
    ['kernel_options."console=tty0,\\"a=b\\""=true', ['kernel_options', 'console=tty0,"a=b"'], true],
    ['kernel_options . "quiet" = false', ['kernel_options', 'quiet'], false],
    ['packages.a=null', ['packages', 'a'], null],
    ['disk_size=7', ['disk_size'], '7'],
    ['disk_size=[7]', ['disk_size'], ['1', '7']],
  ])('--set %s', (set, path, wanted) => {
    expect(value([base()], path, { sets: [set] })).toEqual(wanted);
  });

  it('goes above everything, --set above --vars, later above earlier', () => {
    put('vars.json', '{ "login": "vars", "project": "vars" }');
    const options = { vars: [join(folder, 'vars.json')], sets: ['login=a', 'login=b'] };
    expect(value([base()], ['login'], options)).toBe('b');
    expect(value([base()], ['project'], options)).toBe('vars');
  });

  it.each(['login', '=value', 'kernel_options."console=tty0"'])('without a key or a value is a mistake: %s', set => {
    expect(loadTree([base()], { sets: [set] })).toMatchObject({
      ok: false,
      error: { code: 'AIB_CONFIG_SET', got: set },
    });
  });
});
