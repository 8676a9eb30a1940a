/** Makes the bundle that the benchmark runs as aib: the normal start, with the synthetic graph instead of the command line. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { aibHome } from '../../src/util/files/home.ts';

export interface Bundle {
  /** The program for node. */
  readonly start: string;
  readonly remove: () => void;
}

const graphInPlaceOfMain: Plugin = {
  name: 'the graph in place of the command line',
  setup: it => it.onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: './graph.mjs', external: true })),
};

/** Uses the settings of src/bundle.ts, at a place where packages outside of the bundle are found. */
export async function bundleGraph(): Promise<Bundle> {
  const home = aibHome();
  const outdir = mkdtempSync(join(home, 'node_modules/.aib-bench-'));
  const common = {
    absWorkingDir: home,
    bundle: true,
    platform: 'node',
    target: 'node22',
    outdir,
    logLevel: 'error',
  } as const;
  await build({
    ...common,
    format: 'cjs',
    entryPoints: { start: join(home, 'src/cli/start.ts') },
    outExtension: { '.js': '.cjs' },
    define: { 'import.meta.dirname': '__dirname' },
    plugins: [graphInPlaceOfMain],
  });
  await build({
    ...common,
    format: 'esm',
    entryPoints: { graph: join(home, 'bench/graph/aib-main.ts') },
    outExtension: { '.js': '.mjs' },
    splitting: true,
    external: ['better-sqlite3'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  return { start: join(outdir, 'start.cjs'), remove: () => rmSync(outdir, { recursive: true, force: true }) };
}
