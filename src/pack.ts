/**
 * Writes `aib-VERSION.tgz`, which `npm install -g` accepts: the bundled programs, the guest, configs, scripts and documents, and nothing else.
 * The same sources give the same bytes. Called as `npm run package [-- FOLDER]`.
 */
import { execFileSync } from 'node:child_process';
import {
  createWriteStream,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { bundleInto, EXTERNAL } from './bundle.ts';
import { manPages } from './cli/manual/man-pages.ts';

const home = join(import.meta.dirname, '..');

/** Relative to the checkout. A folder counts with everything in it. */
const FILES = [
  ...[
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    'aib',
    'setup',
    'configs',
    'scripts',
    'docs',
    'src/guest',
    'src/sample/files',
  ],
  // Styles of pages, which the programs read.
  ...globSync('src/report/**/*.css', { cwd: home }).sort(),
];

/** npm gives all files of its packages this date. */
const DATE = new Date('1985-10-26T08:15:00Z');

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

interface LockEntry {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly dev?: boolean;
}

const manifest = JSON.parse(read('package.json').toString()) as Manifest & Record<string, unknown>;
const dependencies = Object.fromEntries(
  Object.entries(manifest.dependencies).filter(([name]) => EXTERNAL.includes(name)),
);

const tracked = trackedFiles();
const pages = manPages(manifest.version);

const target = resolve(process.argv[2] ?? '.', `aib-${manifest.version}.tgz`);
const folder = mkdtempSync(join(tmpdir(), 'aib-package-'));
try {
  const inputs = await bundleInto(folder, { sourceMaps: false });
  const contents = new Map<string, Buffer>();
  for (const path of FILES.flatMap(name => filesOf(name))) contents.set(path, read(path));
  for (const path of globSync('**/*.{js,cjs,mjs}', { cwd: folder }))
    contents.set(`program/${path}`, readFileSync(join(folder, path)));
  for (const [name, page] of pages) contents.set(`man/${name}`, Buffer.from(page));
  contents.set('package.json', asJson(installedManifest()));
  contents.set('npm-shrinkwrap.json', asJson(shrinkwrap()));
  contents.set('LICENSES.txt', Buffer.from(licences(inputs)));
  mkdirSync(dirname(target), { recursive: true });
  await write(contents, target);
} finally {
  rmSync(folder, { recursive: true });
}
process.stdout.write(`${target}\n`);

function read(path: string): Buffer {
  return readFileSync(join(home, path));
}

/** Drafts and leftovers of editors do not belong into the package. */
function filesOf(name: string): readonly string[] {
  const path = join(home, name);
  if (statSync(path).isDirectory())
    return readdirSync(path)
      .filter(each => !each.startsWith('.') && !each.endsWith('.test.ts'))
      .flatMap(each => filesOf(join(name, each)));
  if (tracked?.has(name) !== false) return [name];
  process.stderr.write(`left out, because git does not track it: ${name}\n`);
  return [];
}

/** Undefined if this is no checkout of git, for example an unpacked archive of the sources. */
function trackedFiles(): ReadonlySet<string> | undefined {
  if (!existsSync(join(home, '.git'))) return undefined;
  return new Set(execFileSync('git', ['ls-files', '-z'], { cwd: home, encoding: 'utf8' }).split('\0'));
}

function asJson(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
}

function installedManifest(): Record<string, unknown> {
  const { name, version, description, license, engines, bin, type, optionalDependencies } = manifest;
  const man = [...pages.keys()].map(page => `man/${page}`);
  return { name, version, description, license, type, engines, bin, man, dependencies, optionalDependencies };
}

/** The part of package-lock.json that an installed package requires. */
function shrinkwrap(): unknown {
  const { packages, ...head } = JSON.parse(read('package-lock.json').toString()) as {
    readonly packages: Readonly<Record<string, LockEntry>>;
  };
  const kept: Record<string, unknown> = { '': installedManifest() };
  const waiting = Object.keys({ ...dependencies, ...manifest.optionalDependencies });
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const path = `node_modules/${name}`;
    const entry = packages[path];
    if (entry === undefined) throw new Error(`package-lock.json has no ${name}`);
    if (path in kept) continue;
    kept[path] = entry;
    waiting.push(...Object.keys(entry.dependencies ?? {}));
  }
  const sorted = Object.entries(kept).sort(([one], [other]) => (one < other ? -1 : 1));
  return { ...head, packages: Object.fromEntries(sorted) };
}

/** The licences of the packages in the bundles. */
function licences(inputs: readonly string[]): string {
  const packages = new Set(inputs.flatMap(path => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []));
  return [...packages]
    .sort()
    .map(path => {
      const { name, version, license } = JSON.parse(read(join(path, 'package.json')).toString()) as Record<
        string,
        string
      >;
      const text = readdirSync(join(home, path)).find(each => /^(licen[cs]e|copying)(\.|$)/i.test(each));
      const words = text === undefined ? `Licence: ${license}\n` : read(join(path, text)).toString();
      return `${name} ${version} (${license})\n\n${words.trim()}\n`;
    })
    .join(`\n${'-'.repeat(72)}\n\n`);
}

async function write(contents: ReadonlyMap<string, Buffer>, path: string): Promise<void> {
  const archive = pack();
  const partial = join(dirname(path), `.${basename(path)}-${process.pid}`);
  try {
    const written = pipeline(archive, createGzip({ level: 9 }), createWriteStream(partial));
    for (const [name, content] of [...contents].sort(([one], [other]) => (one < other ? -1 : 1)))
      await add(archive, name, content);
    archive.finalize();
    await written;
    renameSync(partial, path);
  } finally {
    if (existsSync(partial)) rmSync(partial);
  }
}

function add(archive: Pack, name: string, content: Buffer): Promise<void> {
  // Only programs of the checkout are executable.
  const source = join(home, name);
  const isExecutable = existsSync(source) && (statSync(source).mode & 0o100) !== 0;
  const header = { name: `package/${name}`, mode: isExecutable ? 0o755 : 0o644, mtime: DATE, size: content.byteLength };
  return new Promise((done, failed) => {
    archive.entry(header, content, error => (error ? failed(error) : done()));
  });
}
