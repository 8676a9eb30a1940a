/** The house rules: which folder of src/ may import which, checked in the text of the files. Never runs the code that it reads. */

/** From the command line down; a file imports from its own row or from rows below it. */
const ROWS: readonly (readonly string[])[] = [
  ['cli'],
  ['report'],
  ['attest'],
  ['verify'],
  ['query'],
  ['rules'],
  ['clouds'],
  ['delivery'],
  ['guest'],
  ['qemu'],
  ['sample'],
  ['alpine'],
  ['formats'],
  ['config'],
  ['remote'],
  ['engine'],
  ['net'],
  ['store'],
  ['util'],
];

/** The build engine must not depend on anything above it, and the network must not depend on the engine. */
const ONLY: ReadonlyMap<string, readonly string[]> = new Map([
  ['engine', ['engine', 'net', 'store', 'util']],
  ['remote', ['remote', 'engine', 'net', 'store', 'util']],
]);

/** Folders that only these files may use from outside: only one verb makes the sample mirror. */
const USED_BY: ReadonlyMap<string, readonly string[]> = new Map([['sample', ['cli/verbs/mirror.ts']]]);

/** These make the programs from the sources: they belong to no stage of the work, and nothing may import them. */
const EXEMPT: ReadonlySet<string> = new Set(['bundle.ts', 'pack.ts']);

export interface SourceFile {
  /** Below src/, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** One sentence for each violation, in the order of the files; empty if there is none. */
export function houseFaults(files: readonly SourceFile[]): readonly string[] {
  const known = new Set(files.map(file => file.path));
  const faults = files.flatMap(file => {
    if (EXEMPT.has(file.path)) return [];
    return [
      ...placeFaults(file.path),
      ...importsOf(file.text).flatMap(wanted => importFaults(file.path, wanted, known)),
    ];
  });
  return [...faults, ...circleFaults(files, known), ...nameFaults(files)];
}

/** Import cycles of files and of folders. Type imports count, because a reader of one file in a cycle must read all of them. */
function circleFaults(files: readonly SourceFile[], known: ReadonlySet<string>): readonly string[] {
  const imports = new Map(files.map(({ path, text }) => [path, targetsOf(path, text, known)]));
  const rooms = new Map<string, Set<string>>();
  for (const [path, targets] of imports) {
    const room = roomOf(path);
    const others = rooms.get(room) ?? new Set<string>();
    for (const target of targets) if (roomOf(target) !== room) others.add(roomOf(target));
    rooms.set(room, others);
  }
  return [
    ...circles(imports).map(names => `${names.join(', ')} import one another in a circle`),
    ...circles(rooms).map(names => `the folders ${names.join(', ')} import one another in a circle`),
  ];
}

function targetsOf(path: string, text: string, known: ReadonlySet<string>): ReadonlySet<string> {
  const targets = importsOf(text).flatMap(wanted => {
    if ('computed' in wanted || !wanted.specifier.startsWith('.')) return [];
    const target = resolveBelow(path, wanted.specifier);
    return target !== undefined && known.has(target) ? [target] : [];
  });
  return new Set(targets);
}

/** The strongly connected components of more than one node, by Tarjan's algorithm; names are sorted. */
function circles(edges: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly string[])[] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const visit = (node: string): number => {
    const own = order.size;
    order.set(node, own);
    lowest.set(node, own);
    path.push(node);
    for (const next of edges.get(node) ?? []) {
      const reached = !order.has(next) ? visit(next) : path.includes(next) ? (order.get(next) ?? own) : own;
      lowest.set(node, Math.min(lowest.get(node) ?? own, reached));
    }
    const low = lowest.get(node) ?? own;
    if (low === own) {
      const circle = path.splice(path.indexOf(node));
      if (circle.length > 1) found.push(circle.sort());
    }
    return low;
  };
  for (const node of edges.keys()) if (!order.has(node)) visit(node);
  return found;
}

/** File names must be unique, so that a search by name finds one file. Verbs have the names that the user types. */
function nameFaults(files: readonly SourceFile[]): readonly string[] {
  const first = new Map<string, string>();
  return files.flatMap(({ path }) => {
    if (path.startsWith('cli/verbs/') || path.endsWith('/main.ts') || path.startsWith('qemu/drive/')) return [];
    const name = path.slice(path.lastIndexOf('/') + 1);
    const other = first.get(name);
    first.set(name, other ?? path);
    return other === undefined ? [] : [`${path} has the name of ${other}: one of them wants a better one`];
  });
}

/** A specifier as it is written, or the expression in its place if it is not a plain string. */
export type Import = { readonly specifier: string } | { readonly computed: string };

/** All of a file's imports: static, `export … from`, side effects, `import type`, `import()` and `require()`. */
export function importsOf(text: string): readonly Import[] {
  const code = text.replace(COMMENT, '');
  const statements = [...code.matchAll(STATEMENT)].map(match => ({ specifier: match[1] ?? '' }));
  const calls = [...code.matchAll(CALL)].map(match => callOf(match[1] ?? ''));
  return [...statements, ...calls];
}

// Formatting is enforced, so every statement and every comment of several lines starts a line.
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
  // Folders without a row are reported for their own files.
  if (fromRow === undefined || toRow === undefined) return [];
  const only = ONLY.get(from);
  if (only !== undefined && !only.includes(to))
    return [`${path} imports ${target}: ${from}/ may import only ${only.join(', ')}`];
  const users = USED_BY.get(to);
  if (users !== undefined && from !== to && !users.includes(path))
    return [`${path} imports ${target}: ${to}/ is only for ${users.join(', ')}`];
  return toRow >= fromRow ? [] : [`${path} imports ${target}: ${from}/ stands below ${to}/`];
}

function rowOf(path: string): number | undefined {
  const row = ROWS.findIndex(folders => folders.includes(folderOf(path)));
  return row === -1 ? undefined : row;
}

function roomOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.indexOf('/'), 0));
}

/** The path below src/ of a relative specifier; undefined if it is outside of src/. */
function resolveBelow(path: string, specifier: string): string | undefined {
  const parts = path.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}
