/** The rules of the house: which folder of src/ may import which, told from the text of the files alone. Never runs what it reads. */

/** From the command line down; a file imports from its own row or from rows below it. */
const ROWS: readonly (readonly string[])[] = [
  ['cli'],
  ['report'],
  ['verify'],
  ['query'],
  ['rules'],
  ['clouds'],
  ['guest', 'qemu'],
  ['alpine'],
  ['formats'],
  ['config'],
  ['engine'],
  ['remote'],
  ['store'],
  ['util'],
];

/** A reader learns the build engine without learning anything that stands between it and the store. */
const ONLY: ReadonlyMap<string, readonly string[]> = new Map([['engine', ['engine', 'store', 'util']]]);

/** bundle.ts runs by itself before aib can: it belongs to no stage of the work, and nothing may import it. */
const EXEMPT: ReadonlySet<string> = new Set(['bundle.ts']);

export interface SourceFile {
  /** Below src/, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** One sentence for each violation, in the order of the files; empty if the house is in order. */
export function houseFaults(files: readonly SourceFile[]): readonly string[] {
  const known = new Set(files.map(file => file.path));
  return files.flatMap(file => {
    if (EXEMPT.has(file.path)) return [];
    return [
      ...placeFaults(file.path),
      ...importsOf(file.text).flatMap(wanted => importFaults(file.path, wanted, known)),
    ];
  });
}

/** A specifier as it is written, or what stands in its place where it is not a plain string. */
export type Import = { readonly specifier: string } | { readonly computed: string };

/** All of a file's imports: static, `export … from`, side effects, `import type`, `import()` and `require()`. */
export function importsOf(text: string): readonly Import[] {
  const code = text.replace(COMMENT, '');
  const statements = [...code.matchAll(STATEMENT)].map(match => ({ specifier: match[1] ?? '' }));
  const calls = [...code.matchAll(CALL)].map(match => callOf(match[1] ?? ''));
  return [...statements, ...calls];
}

// Formatting is enforced, so a statement starts its line, and a comment of several lines its own.
const COMMENT = /^[ \t]*(?:\/\/.*|\/\*[\s\S]*?\*\/)/gm;
const STATEMENT = /^(?:import|export)\b(?:[^'"`;()=]*?\bfrom)?\s*['"]([^'"]*)['"]/gm;
const CALL = /(?<![.#\w])(?:import|require)\(\s*([^)]*?)[\s,]*\)/g;

function callOf(argument: string): Import {
  const literal = /^(['"`])([^'"`$]*)\1$/.exec(argument);
  return literal === null ? { computed: argument } : { specifier: literal[2] ?? '' };
}

function placeFaults(path: string): readonly string[] {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (!path.includes('/')) return [`${path} lies in src/ itself: put it into the folder of its stage`];
  if (rowOf(path) === undefined) return [`${path} lies in a folder that has no place in the order (test/house.ts)`];
  if (/^index\.[cm]?[jt]s$/.test(name)) return [`${path} is a barrel: import from the files themselves`];
  return [];
}

function importFaults(path: string, wanted: Import, known: ReadonlySet<string>): readonly string[] {
  if ('computed' in wanted)
    return [`${path} imports ${wanted.computed}, which is not a plain string, so no rule can be checked`];
  const { specifier } = wanted;
  if (specifier.startsWith('/') || specifier.startsWith('file:'))
    return [`${path} imports ${specifier} by an absolute path`];
  if (!specifier.startsWith('.')) return [];
  const target = resolveBelow(path, specifier);
  if (target === undefined) return [`${path} imports ${specifier}, which lies outside src/`];
  if (EXEMPT.has(target)) return [`${path} imports ${target}, which is a program of its own`];
  if (!known.has(target)) {
    return [`${path} imports ${target}, which is ${/\.test\.ts$/.test(target) ? 'a test' : 'no source file'}`];
  }
  return orderFaults(path, target);
}

function orderFaults(path: string, target: string): readonly string[] {
  const from = folderOf(path);
  const to = folderOf(target);
  const fromRow = rowOf(path);
  const toRow = rowOf(target);
  // Folders without a row are reported where their files are.
  if (fromRow === undefined || toRow === undefined) return [];
  const only = ONLY.get(from);
  if (only !== undefined && !only.includes(to))
    return [`${path} imports ${target}: ${from}/ may import only ${only.join(', ')}`];
  return toRow >= fromRow ? [] : [`${path} imports ${target}: ${from}/ stands below ${to}/`];
}

function rowOf(path: string): number | undefined {
  const row = ROWS.findIndex(folders => folders.includes(folderOf(path)));
  return row === -1 ? undefined : row;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.indexOf('/'), 0));
}

/** The path below src/ that a relative specifier means; undefined if it climbs out. */
function resolveBelow(path: string, specifier: string): string | undefined {
  const parts = path.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}
