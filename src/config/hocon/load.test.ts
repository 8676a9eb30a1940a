// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HOCON's substitutions look like this.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { formatFailure } from '../../util/failure.ts';
import { type LoadOptions, loadHocon } from './load.ts';
import { show } from './test-show.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder with these files; the first is loaded, with the folder itself as the only root unless `roots` says otherwise. */
function tree(files: Record<string, string | Uint8Array>): {
  readonly folder: string;
  readonly load: (options?: Partial<LoadOptions> & { readonly first?: string }) => string;
  readonly files: (options?: Partial<LoadOptions>) => readonly string[];
} {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'aib-hocon-')));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const start = Object.keys(files)[0] ?? '';
  return {
    folder,
    load: ({ first = start, ...options } = {}) => {
      const result = loadHocon(join(folder, first), { roots: [folder], ...options });
      return (result.ok ? show(result.value.root) : formatFailure(result.error)).replaceAll(folder, '');
    },
    files: options => {
      const result = loadHocon(join(folder, start), { roots: [folder], ...options });
      return result.ok ? result.value.files.map(file => file.replace(folder, '')) : [];
    },
  };
}

describe('an include', () => {
  test('merges the file where it stands, relative to the file that includes it', () => {
    const { load } = tree({
      'images.conf': 'include required("alpine.conf")\nDefault.name = [ test ]',
      'alpine.conf':
        'Default { name = [ alpine ], login = alpine }\nDimensions.version."3.20" { include required("version/3.20.conf") }',
      'version/3.20.conf': 'include "base/1.conf"\nb = 2',
      'version/base/1.conf': 'include required(file("../../other.conf"))\na = 1',
      'other.conf': 'o = 0',
    });
    expect(load()).toBe(
      '{"Default":{"name":["test"],"login":"alpine"},"Dimensions":{"version":{"3.20":{"o":0,"a":1,"b":2}}}}',
    );
  });

  test('of a missing file is nothing, unless it is required', () => {
    expect(tree({ 'a.conf': 'include "b.conf"\ninclude file("c")\nx = 1' }).load()).toBe('{"x":1}');
    expect(tree({ 'a.conf': 'x = 1\n  include required("b.conf") # now' }).load()).toBe(
      [
        'Included file not found: b.conf [AIB_CONFIG_INCLUDE]',
        '  at    /a.conf:2:3',
        '  |   include required("b.conf") # now',
        '  |   ~~~~~~~~~~~~~~~~~~~~~~~~~~',
        '  try   correct the name, or write include "…" without required if it may be missing',
      ].join('\n'),
    );
  });

  test('may leave out .conf, also behind a version number, and is not confused by a folder of that name', () => {
    const { load } = tree({
      'a.conf': 'include required("b")\ninclude required("v/3.20")',
      'b/x.conf': '',
      'b.conf': 'b = 1',
      'v/3.20.conf': 'v = 2',
    });
    expect(load()).toBe('{"b":1,"v":2}');
  });

  test('keeps the order of statements, and null in one file resets what the next one says', () => {
    const { load } = tree({
      'edge.conf': 'include required("base.conf")\nrepos = null\nrepos { b = true }\nname = null\nname = [ x ]',
      'base.conf': 'repos { a = true }\nname = [ alpine ]\nlast = 1',
    });
    expect(load()).toBe('{"repos":!{"b":true},"name":!["x"],"last":1}');
  });

  test('looks its substitutions up in its own file first, then in those around', () => {
    const { load } = tree({
      'a.conf': 'x = outer, y = outer\np.q { include "b.conf", y = inner }',
      'b.conf': 'x1 = ${x}, y1 = ${y}\nr { include "c.conf" }',
      'c.conf': 'y2 = ${y}, z = 1, z2 = ${z}',
    });
    expect(load()).toBe(
      '{"x":"outer","y":"outer","p":{"q":{"x1":"outer","y1":"inner","r":{"y2":"inner","z":1,"z2":1},"y":"inner"}}}',
    );
  });

  test('works inside an object in an array, and twice', () => {
    const { load } = tree({
      'a.conf': 'a = [{ include "b" }, { n = 2, include "b" }], n = 3',
      'b.conf': 'm = ${n}',
      b: 'n = 1, m = ${n}',
    });
    expect(load()).toBe('{"a":[{"n":1,"m":1},{"n":1,"m":1}],"n":3}');
  });

  test('that leads back is told with the whole chain', () => {
    const { load } = tree({
      'a.conf': 'include "b.conf"',
      'b.conf': 'x {\n include "c.conf"\n}',
      'c.conf': 'include "a.conf"',
    });
    expect(load()).toBe(
      [
        'The file /a.conf includes itself [AIB_CONFIG_CYCLE]',
        '  at    /c.conf:1:1',
        '  | include "a.conf"',
        '  | ~~~~~~~~~~~~~~~~',
        '  | /c.conf is included at /b.conf:2:2',
        '  | /b.conf is included at /a.conf:1:1',
        '  try   remove one of these includes',
      ].join('\n'),
    );
  });

  test('an error in an included file tells who includes it', () => {
    const text = tree({ 'a.conf': '\ninclude "b.conf"', 'b.conf': 'x = "' }).load();
    expect(text).toContain('at    /b.conf:1:5');
    expect(text).toContain('| /b.conf is included at /a.conf:2:1');
  });

  test.each([
    'include url("http://x/y.conf")',
    'include required(url("http://x/y.conf"))',
    'include "https://x/y.conf"',
    'include classpath("x.conf")',
    'include package("a:b")',
    'include "*.conf"',
    'include ""',
    'include "a\\u0000b"',
  ])('%j is refused', statement => {
    expect(tree({ 'a.conf': statement }).load()).toContain('[AIB_CONFIG_INCLUDE]');
  });
});

describe('the roots', () => {
  test.each(['../secret.conf', 'sub/../../secret.conf', '/etc/hostname', '../configs-2/secret.conf'])(
    'include %j does not lead out',
    name => {
      const { load, folder } = tree({
        'configs/a.conf': `x = 1, include required("${name}")`,
        'secret.conf': 'y = 2',
        'configs-2/secret.conf': 'y = 2',
      });
      expect(load({ roots: [join(folder, 'configs')] })).toMatch(
        /is outside of the configuration folders \[AIB_CONFIG_INCLUDE]/,
      );
    },
  );

  test('a symbolic link does not lead out, but may lead to another root', () => {
    const { load, folder } = tree({ 'one/a.conf': 'include "link.conf"', 'two/b.conf': 'b = 1' });
    symlinkSync('../two/b.conf', join(folder, 'one/link.conf'));
    expect(load({ roots: [join(folder, 'one')] })).toContain('a symbolic link to /two/b.conf');
    expect(load({ roots: [join(folder, 'one'), join(folder, 'two')] })).toBe('{"b":1}');
  });

  test('names in a linked file are relative to the link, as in a folder of links', () => {
    const { load, folder } = tree({
      'configs/x.conf': 'x = 1',
      'configs/deep/real.conf': 'include required("x.conf")',
    });
    symlinkSync('deep/real.conf', join(folder, 'configs/images.conf'));
    expect(load({ first: 'configs/images.conf' })).toBe('{"x":1}');
  });

  test('lie on top of each other, and a file can extend the one that it hides', () => {
    const { load, folder } = tree({
      'mine/images.conf': 'include required("alpine.conf")',
      'mine/cloud/aws.conf': 'include required("aws.conf")\nmine = true',
      'base/images.conf': 'never = true',
      'base/alpine.conf': 'aws { include required("cloud/aws.conf") }, gcp { include required("cloud/gcp.conf") }',
      'base/cloud/aws.conf': 'base = true',
      'base/cloud/gcp.conf': 'base = gcp',
    });
    expect(load({ roots: [join(folder, 'mine'), join(folder, 'base')] })).toBe(
      '{"aws":{"base":true,"mine":true},"gcp":{"base":"gcp"}}',
    );
  });

  test('may begin with alpine.conf, as overlays of the original do, where the file below has another name', () => {
    const { load, folder } = tree({
      'mine/images.conf': 'include required("alpine.conf")\nmine = true',
      'base/images.conf': 'base = true',
    });
    const [mine, base] = [join(folder, 'mine'), join(folder, 'base')];
    expect(load({ roots: [mine, base], first: 'mine/images.conf' })).toBe('{"base":true,"mine":true}');
    expect(load({ roots: [mine], first: 'mine/images.conf' })).toContain('[AIB_CONFIG_INCLUDE]');
  });

  test('the first file must exist and lie in one of them', () => {
    const { load, folder } = tree({ 'a.conf': '' });
    expect(load({ first: 'b.conf' })).toContain('[AIB_CONFIG_FILE]');
    expect(load({ roots: [join(folder, 'sub')] })).toContain('[AIB_CONFIG_INCLUDE]');
  });
});

describe('what was looked at', () => {
  test('lists files that were read and places where a file is missing', () => {
    const { files, folder } = tree({
      'mine/a.conf': 'include "b"\ninclude "gone.conf"',
      'base/b.conf': 'include "../base/c.conf"',
      'base/c.conf': '',
    });
    expect(files({ roots: [join(folder, 'mine'), join(folder, 'base')] })).toEqual([
      '/mine/a.conf',
      '/mine/b',
      '/mine/b.conf',
      '/base/b',
      '/base/b.conf',
      '/base/c.conf',
      '/mine/gone.conf',
      '/base/gone.conf',
    ]);
  });
});

describe('limits', () => {
  test('hold for the size of a file, of all files, and for the number of includes', () => {
    const { load } = tree({ 'a.conf': 'include "b.conf"\ninclude "b.conf"', 'b.conf': 'x = 12345' });
    expect(load({ limits: { fileBytes: 40 } })).toBe('{"x":12345}');
    expect(load({ limits: { fileBytes: 20 } })).toContain('[AIB_CONFIG_LIMIT]');
    expect(load({ limits: { totalBytes: 40 } })).toContain('[AIB_CONFIG_LIMIT]');
    expect(load({ limits: { includes: 1 } })).toContain('[AIB_CONFIG_LIMIT]');
  });

  test('hold for files that double at every step', () => {
    const next = (index: number) => `include "f${index}.conf"\na { include "f${index}.conf" }`;
    const files = Array.from({ length: 30 }, (_, index) => [`f${index}.conf`, next(index + 1)]);
    expect(tree(Object.fromEntries(files)).load()).toContain(
      'The configuration has more than 2000 includes [AIB_CONFIG_LIMIT]',
    );
  });

  test('hold for a long chain of files', () => {
    const names = Array.from({ length: 40 }, (_, i) => `f${i}.conf`);
    const { load } = tree(Object.fromEntries(names.map((name, i) => [name, `include "f${i + 1}.conf"`])));
    expect(load()).toContain('Includes are nested more than 32 levels deep [AIB_CONFIG_LIMIT]');
  });

  test('what is no UTF-8 text or no regular file is refused, not waited for', () => {
    expect(tree({ 'a.conf': Uint8Array.of(0x61, 0xff) }).load()).toContain('is not UTF-8 text [AIB_CONFIG_FILE]');
    const read = () => ({ kind: 'unreadable', reason: 'EACCES' }) as const;
    const access = { realPath: (path: string) => path, read };
    const denied = loadHocon('/r/a.conf', { roots: ['/r'], access });
    expect(denied.ok ? '' : formatFailure(denied.error)).toContain('got   EACCES');
  });
});
