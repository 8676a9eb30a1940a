import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { houseFaults, importsOf, type SourceFile } from './house.ts';

const src = join(import.meta.dirname, '../src');

describe('src/ as it is', () => {
  const files = globSync('**/*.ts', { cwd: src })
    .filter(path => !path.endsWith('.test.ts'))
    .sort()
    .map(path => ({ path, text: readFileSync(join(src, path), 'utf8') }));

  test('every import points to its own folder or further down', () => {
    expect(files.length).toBeGreaterThan(30);
    expect(houseFaults(files)).toEqual([]);
  });

  test('the checker sees every import that a real parser sees', async () => {
    const { metafile } = await build({
      entryPoints: files.map(file => join(src, file.path)),
      bundle: true,
      platform: 'node',
      format: 'esm',
      outdir: '/nowhere',
      write: false,
      metafile: true,
      logLevel: 'silent',
      plugins: [
        {
          name: 'follow-nothing',
          setup: it =>
            it.onResolve({ filter: /^/ }, each =>
              each.kind === 'entry-point' ? null : { path: each.path, external: true },
            ),
        },
      ],
    });
    const missed: string[] = [];
    let seen = 0;
    for (const [input, { imports }] of Object.entries(metafile.inputs)) {
      const path = relative(src, input);
      const text = files.find(file => file.path === path)?.text ?? '';
      const found = new Set(importsOf(text).map(each => ('specifier' in each ? each.specifier : each.computed)));
      for (const { path: specifier } of imports) {
        seen += 1;
        if (!found.has(specifier)) missed.push(`${path}: ${specifier}`);
      }
    }
    expect(seen).toBeGreaterThan(30);
    expect(missed).toEqual([]);
  });
});

describe('the checker', () => {
  const faultsOf = (path: string, text: string, others: readonly string[] = []) => {
    const rest: SourceFile[] = others.map(other => ({ path: other, text: '' }));
    return houseFaults([{ path, text }, ...rest]);
  };
  const importing = (path: string, target: string) => {
    const up = '../'.repeat(path.split('/').length - 1);
    return faultsOf(path, `import { x } from '${up}${target}';\n`, [target]);
  };

  test.each([
    ['rules/disk.ts', 'qemu/run.ts'],
    ['rules/disk.ts', 'rules/iso.ts'],
    ['guest/build.ts', 'qemu/run.ts'],
    ['alpine/mirror/mirror.ts', 'net/http.ts'],
    ['engine/run/fetch.ts', 'net/http.ts'],
    ['cli/verbs/mirror.ts', 'sample/make.ts'],
    ['config/hocon/parse.ts', 'config/value.ts'],
    ['engine/build.ts', 'engine/graph.ts'],
    ['engine/build.ts', 'store/digest.ts'],
    ['engine/build.ts', 'util/result.ts'],
    ['cli/main.ts', 'util/result.ts'],
  ])('%s may import %s', (path, target) => {
    expect(importing(path, target)).toEqual([]);
  });

  test.each([
    ['qemu/run.ts', 'rules/disk.ts', 'qemu/run.ts imports rules/disk.ts: qemu/ stands below rules/'],
    ['qemu/drive/main.ts', 'guest/build.ts', 'qemu/drive/main.ts imports guest/build.ts: qemu/ stands below guest/'],
    ['store/store.ts', 'engine/build.ts', 'store/store.ts imports engine/build.ts: store/ stands below engine/'],
    ['util/bytes.ts', 'store/digest.ts', 'util/bytes.ts imports store/digest.ts: util/ stands below store/'],
    ['report/plain.ts', 'cli/main.ts', 'report/plain.ts imports cli/main.ts: report/ stands below cli/'],
    [
      'config/hocon/parse.ts',
      'alpine/version.ts',
      'config/hocon/parse.ts imports alpine/version.ts: config/ stands below alpine/',
    ],
    [
      'engine/build.ts',
      'remote/grpc.ts',
      'engine/build.ts imports remote/grpc.ts: engine/ may import only engine, net, store, util',
    ],
    ['net/http.ts', 'engine/x.ts', 'net/http.ts imports engine/x.ts: net/ stands below engine/'],
    ['rules/iso.ts', 'sample/key.ts', 'rules/iso.ts imports sample/key.ts: sample/ is only for cli/verbs/mirror.ts'],
    ['cli/build.ts', 'bundle.ts', 'cli/build.ts imports bundle.ts, which is a program of its own'],
  ])('%s may not import %s', (path, target, fault) => {
    expect(importing(path, target)).toEqual([fault]);
  });

  test.each([
    ['a type import', "import type { Digest } from '../engine/x.ts';"],
    ['an import over several lines', "import {\n  a,\n  b,\n} from '../engine/x.ts';"],
    ['an import for its side effects', "import '../engine/x.ts';"],
    ['a re-export', "export { a } from '../engine/x.ts';"],
    ['a re-export of everything', "export * from '../engine/x.ts';"],
    ['a type in place', "type A = import('../engine/x.ts').A;"],
    ['a dynamic import', "  const { a } = await import('../engine/x.ts');"],
    ['a dynamic import over lines', "  await import(\n    '../engine/x.ts',\n  );"],
    ['a require', "  const a = require('../engine/x.ts');"],
    ['an import that follows a comment', "/** Why. */\nimport { a } from '../engine/x.ts';"],
  ])('sees through %s', (_, text) => {
    expect(faultsOf('util/a.ts', text, ['engine/x.ts'])).toEqual([
      'util/a.ts imports engine/x.ts: util/ stands below engine/',
    ]);
  });

  test('an import in a comment is not an import', () => {
    const text =
      "// import { a } from '../engine/x.ts';\n/*\n * import('../engine/x.ts')\nimport '../engine/x.ts';\n */\n";
    expect(importsOf(text)).toEqual([]);
  });

  test('a dynamic import of something computed is refused, whatever it may be', () => {
    const refused = (name: string) => [
      `cli/a.ts imports ${name}, which is not a plain string, so no rule can be checked`,
    ];
    expect(faultsOf('cli/a.ts', 'await import(name);')).toEqual(refused('name'));
    expect(faultsOf('cli/a.ts', 'await import(`./verbs/$' + '{name}.ts`);')).toEqual(
      refused('`./verbs/$' + '{name}.ts`'),
    );
  });

  test('tests, files outside src/, absolute paths and files that are not there are refused', () => {
    expect(faultsOf('cli/a.ts', "import './b.test.ts';")).toEqual(['cli/a.ts imports cli/b.test.ts, which is a test']);
    expect(faultsOf('cli/a.ts', "import '../../test/rig.ts';")).toEqual([
      'cli/a.ts imports ../../test/rig.ts, which lies outside src/',
    ]);
    expect(faultsOf('cli/a.ts', "import '/tmp/x.ts';")).toEqual(['cli/a.ts imports /tmp/x.ts by an absolute path']);
    expect(faultsOf('cli/a.ts', "import './b.ts';")).toEqual(['cli/a.ts imports cli/b.ts, which is no source file']);
  });

  test('barrels, strangers in src/ and folders without a place are refused', () => {
    expect(faultsOf('store/index.ts', '')).toEqual(['store/index.ts is a barrel: import from the files themselves']);
    expect(faultsOf('main.ts', '')).toEqual(['main.ts lies in src/ itself: put it into the folder of its stage']);
    expect(faultsOf('helpers/a.ts', '')).toEqual([
      'helpers/a.ts lies in a folder that has no place in the order (test/house.ts)',
    ]);
  });

  test('files that import one another in a circle are named, types included', () => {
    expect(
      houseFaults([
        { path: 'store/a.ts', text: "import { b } from './b.ts';" },
        { path: 'store/b.ts', text: "import type { C } from './c.ts';" },
        { path: 'store/c.ts', text: "import { a } from './a.ts';" },
        { path: 'store/d.ts', text: "import { a } from './a.ts';" },
      ]),
    ).toEqual(['store/a.ts, store/b.ts, store/c.ts import one another in a circle']);
  });

  test('folders that import one another in a circle are named, even if no two of their files do', () => {
    expect(
      houseFaults([
        { path: 'store/x/a.ts', text: "import { b } from '../y/b.ts';" },
        { path: 'store/y/b.ts', text: '' },
        { path: 'store/y/c.ts', text: "import type { D } from '../x/d.ts';" },
        { path: 'store/x/d.ts', text: '' },
      ]),
    ).toEqual(['the folders store/x, store/y import one another in a circle']);
  });

  test('a second file of one name is refused, but for verbs and entry points', () => {
    const empty = (path: string): SourceFile => ({ path, text: '' });
    expect(
      houseFaults(['cli/verbs/plan.ts', 'engine/build/plan.ts', 'cli/main.ts', 'qemu/drive/main.ts'].map(empty)),
    ).toEqual([]);
    expect(houseFaults(['engine/a/lines.ts', 'report/lines.ts'].map(empty))).toEqual([
      'report/lines.ts has the name of engine/a/lines.ts: one of them wants a better one',
    ]);
  });

  test('methods that are called import or require are not imports', () => {
    expect(importsOf('store.import(name); this.#require(need);')).toEqual([]);
  });

  test('packages and built-in modules are none of its business', () => {
    expect(faultsOf('util/a.ts', "import { join } from 'node:path';\nimport pc from 'picocolors';")).toEqual([]);
  });

  test('bundle.ts is exempt', () => {
    expect(faultsOf('bundle.ts', "import '../anything.ts';")).toEqual([]);
  });
});
