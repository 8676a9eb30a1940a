/**
 * Puts `src/` together into what is run: the command line with its lazily loaded parts, and the one-file program that drives QEMU from
 * within an action's input root. Runs by itself, before anything else of aib can; never imports from src/.
 */
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const home = join(import.meta.dirname, '..');
const target = join(home, 'node_modules/.aib');
const fresh = join(home, `node_modules/.aib-${process.pid}`);

const common = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  logLevel: 'error',
  legalComments: 'none',
} as const;

mkdirSync(fresh, { recursive: true });
try {
  await build({
    ...common,
    target: 'node22',
    entryPoints: { aib: join(home, 'src/cli/main.ts') },
    outdir: fresh,
    outExtension: { '.js': '.mjs' },
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    external: ['better-sqlite3'],
    // CommonJS packages inside an ESM bundle ask for `require`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    sourcemap: 'linked',
  });
  // Part of action keys: plain, so that its bytes change only with its meaning.
  await build({
    ...common,
    target: 'node22',
    entryPoints: { drive: join(home, 'src/qemu/drive/main.ts') },
    outdir: fresh,
    outExtension: { '.js': '.mjs' },
  });
  publish();
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

/** The entry goes last: whoever starts meanwhile finds a complete bundle, old or new, because chunks carry their hash. */
function publish(): void {
  mkdirSync(join(target, 'chunks'), { recursive: true });
  const chunks = readdirSync(join(fresh, 'chunks'));
  for (const name of chunks) renameSync(join(fresh, 'chunks', name), join(target, 'chunks', name));
  for (const name of ['drive.mjs', 'aib.mjs.map', 'aib.mjs']) renameSync(join(fresh, name), join(target, name));
  for (const name of readdirSync(join(target, 'chunks')))
    if (!chunks.includes(name)) rmSync(join(target, 'chunks', name));
}
