/**
 * Bundles `src/` into the programs that run: the start, the command line with its lazily loaded parts, the program that runs builtins, the
 * one-file program that drives QEMU in an action's input root, and the script of the graph page. Runs before anything else of aib, so it
 * must not import from src/.
 */
import { mkdirSync, readdirSync, realpathSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const home = join(import.meta.dirname, '..');
const DAY = 86_400_000;

/** Packages that are not bundled: they have native or WebAssembly parts, or few commands load them. */
export const EXTERNAL = ['better-sqlite3', '@hpcc-js/wasm-graphviz', 'openpgp', 'undici'];

const mainIsAnotherBundle: Plugin = {
  name: 'main is another bundle',
  setup: it => it.onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: './aib.mjs', external: true })),
};

/** Returns the paths of all files in the bundles, relative to the checkout. Rejects if esbuild found an error, which it has printed. */
export async function bundleInto(
  folder: string,
  { sourceMaps }: { readonly sourceMaps: boolean },
): Promise<readonly string[]> {
  const common = {
    // Otherwise comments would contain paths relative to the current folder, and keys would depend on it.
    absWorkingDir: home,
    bundle: true,
    platform: 'node',
    target: 'node22',
    outdir: folder,
    logLevel: 'error',
    legalComments: 'none',
    metafile: true,
  } as const;
  const maps = sourceMaps ? ({ sourcemap: 'linked' } as const) : {};
  const built = await Promise.all([
    build({
      ...common,
      ...maps,
      format: 'cjs',
      entryPoints: { start: join(home, 'src/cli/start.ts') },
      outExtension: { '.js': '.cjs' },
      define: { 'import.meta.dirname': '__dirname' },
      plugins: [mainIsAnotherBundle],
    }),
    build({
      ...common,
      ...maps,
      format: 'esm',
      entryPoints: { aib: join(home, 'src/cli/main.ts'), builtin: join(home, 'src/rules/programs/main.ts') },
      outExtension: { '.js': '.mjs' },
      splitting: true,
      // Unused code of ES modules is left out: only a fiftieth of AWS's client for EC2 remains.
      mainFields: ['module', 'main'],
      chunkNames: 'chunks/[name]-[hash]',
      external: EXTERNAL,
      // CommonJS packages inside an ESM bundle call `require`.
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
      },
    }),
    // Part of action keys: not minified, so that its bytes change only with its meaning.
    build({
      ...common,
      format: 'esm',
      entryPoints: { drive: join(home, 'src/qemu/drive/main.ts') },
      outExtension: { '.js': '.mjs' },
    }),
    // For browsers: `aib graph` writes it into its page.
    build({
      ...common,
      platform: 'browser',
      target: 'es2022',
      format: 'iife',
      entryPoints: { 'graph-page': join(home, 'src/report/graph/page/main.ts') },
      charset: 'utf8',
      minify: true,
    }),
  ]);
  return built.flatMap(({ metafile }) => Object.keys(metafile.inputs));
}

// import.meta.main is newer than the oldest Node that runs aib.
if (realpathSync(process.argv[1] ?? '.') === import.meta.filename) await bundleCheckout();

async function bundleCheckout(): Promise<void> {
  const target = join(home, 'node_modules/.aib');
  const fresh = join(home, `node_modules/.aib-${process.pid}`);
  // A source that changes from now on is newer than the bundle, even if the bundle contains the change. File systems round times down to a tick.
  const began = new Date(Date.now() - 20);
  mkdirSync(fresh, { recursive: true });
  try {
    await bundleInto(fresh, { sourceMaps: true });
    publish(fresh, target, began);
  } catch (error) {
    if (!(error instanceof Error && 'errors' in error)) throw error;
    // esbuild has printed the error.
    process.exitCode = 1;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * Files that others refer to come last: a process that starts meanwhile finds a complete bundle, old or new, because names of chunks
 * contain their hash.
 */
function publish(fresh: string, target: string, began: Date): void {
  mkdirSync(join(target, 'chunks'), { recursive: true });
  const chunks = readdirSync(join(fresh, 'chunks'));
  for (const name of chunks) renameSync(join(fresh, 'chunks', name), join(target, 'chunks', name));
  for (const name of [
    'drive.mjs',
    'graph-page.js',
    'builtin.mjs.map',
    'builtin.mjs',
    'aib.mjs.map',
    'aib.mjs',
    'start.cjs.map',
  ]) {
    renameSync(join(fresh, name), join(target, name));
  }
  // The launcher compares the times of sources with it.
  utimesSync(join(fresh, 'start.cjs'), began, began);
  renameSync(join(fresh, 'start.cjs'), join(target, 'start.cjs'));
  sweep({ fresh, target, current: chunks });
}

/** An older bundle that still runs may be about to load a chunk for the first time, so the old ones stay for a day. */
function sweep({
  fresh,
  target,
  current,
}: {
  readonly fresh: string;
  readonly target: string;
  readonly current: readonly string[];
}): void {
  for (const name of readdirSync(join(target, 'chunks'))) {
    const path = join(target, 'chunks', name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && !current.includes(name) && stats.mtimeMs < Date.now() - DAY)
      rmSync(path, { force: true });
  }
  // Compiled code of V8 for removed chunks. Moved first, because other processes write into it.
  try {
    renameSync(join(target, 'v8'), join(fresh, 'v8'));
  } catch {
    // It does not exist yet, or another bundler moved it.
  }
}
