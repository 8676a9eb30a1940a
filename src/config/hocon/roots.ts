/**
 * Finds configuration files by name in the config roots, which are layers: a name means the file of the first root that contains it. A name
 * must not lead out of the roots, neither with `..` nor with a symbolic link.
 */
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { FileAccess, FileContent } from './file-access.ts';
import { brief, Problem } from './problem.ts';
import type { Position } from './value.ts';

export interface FoundFile {
  /** Absolute, with symbolic links not resolved. */
  readonly path: string;
  readonly realPath: string;
  /** Index of its root. */
  readonly root: number;
  /** Relative to the root. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The including statement, for messages. */
export interface Asking {
  readonly at: Position;
  readonly length: number;
}

/** The file that overlays of Alpine's own builder include first: here it means the top-level file of the layer below. */
const ORIGINAL_TOP = 'alpine.conf';
const TOP = 'images.conf';

export class Roots {
  readonly #roots: readonly string[];
  readonly #realRoots: readonly string[];
  readonly #access: FileAccess;
  readonly #fileBytes: number;
  readonly #looked = new Set<string>();

  constructor(roots: readonly string[], access: FileAccess, fileBytes: number) {
    this.#roots = roots.map(root => resolve(root));
    this.#realRoots = this.#roots.flatMap(root => access.realPath(root) ?? []);
    this.#access = access;
    this.#fileBytes = fileBytes;
  }

  /** Every path that was read or missing, in the order of the lookups. */
  get looked(): readonly string[] {
    return [...this.#looked];
  }

  /** The top-level file. It must be in a root, too. */
  start(path: string): FoundFile | undefined {
    const absolute = resolve(path);
    const root = this.#rootOf(absolute);
    if (root === undefined) throw outside(path, undefined);
    return this.#probe(root, relative(this.#roots[root] ?? '', absolute), undefined);
  }

  /** Relative to the including file. A file that includes its own name gets the file that it hides in a later root. */
  find(name: string, from: FoundFile, asking: Asking): FoundFile | undefined {
    const wanted = join(dirname(from.name), name);
    if (isAbsolute(name) || wanted === '..' || wanted.startsWith(`..${sep}`)) {
      const absolute = resolve(dirname(from.path), name);
      const root = this.#rootOf(absolute);
      if (root === undefined) throw outside(name, asking);
      return this.#search(relative(this.#roots[root] ?? '', absolute), root, root + 1, asking);
    }
    const isLast = from.root + 1 >= this.#roots.length;
    const hidden = isLast ? 0 : from.root + 1;
    const found = this.#search(wanted, wanted === from.name ? hidden : 0, this.#roots.length, asking);
    if (found !== undefined || wanted !== ORIGINAL_TOP || isLast) return found;
    return this.#search(TOP, hidden, this.#roots.length, asking);
  }

  #search(name: string, first: number, end: number, asking: Asking): FoundFile | undefined {
    const names = /\.(?:conf|json)$/.test(name) ? [name] : [name, `${name}.conf`];
    for (let root = first; root < end; root += 1) {
      for (const candidate of names) {
        const found = this.#probe(root, candidate, asking);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  #probe(root: number, name: string, asking: Asking | undefined): FoundFile | undefined {
    const path = join(this.#roots[root] ?? '', name);
    this.#looked.add(path);
    const realPath = this.#access.realPath(path);
    if (realPath !== undefined && !this.#realRoots.some(real => isInside(real, realPath)))
      throw outside(path, asking, realPath);
    const content = this.#access.read(path, this.#fileBytes);
    if (content.kind === 'bytes') return { path, realPath: realPath ?? path, root, name, bytes: content.bytes };
    if (content.kind === 'absent' || content.kind === 'directory') return undefined;
    throw unreadable(path, content, asking, this.#fileBytes);
  }

  /** The innermost root that contains the path. */
  #rootOf(path: string): number | undefined {
    let best: number | undefined;
    for (const [index, root] of this.#roots.entries()) {
      const length = best === undefined ? 0 : (this.#roots[best]?.length ?? 0);
      if (isInside(root, path) && root.length > length) best = index;
    }
    return best;
  }
}

function isInside(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function outside(name: string, asking: Asking | undefined, realPath?: string): Problem {
  return new Problem('AIB_CONFIG_INCLUDE', {
    what: `${brief(name)} is outside of the configuration folders`,
    ...asking,
    ...(realPath === undefined ? {} : { got: `a symbolic link to ${realPath}` }),
    hint: 'move the file into a configs folder, or name its folder with --custom',
  });
}

function unreadable(path: string, content: FileContent, asking: Asking | undefined, fileBytes: number): Problem {
  if (content.kind === 'too large') {
    const what = `The file ${path} has more than ${fileBytes} bytes`;
    return new Problem('AIB_CONFIG_LIMIT', { what, ...asking, hint: 'split it into several files' });
  }
  return new Problem('AIB_CONFIG_FILE', {
    what: `The file ${path} cannot be read`,
    ...asking,
    ...(content.kind === 'unreadable' ? { got: content.reason } : {}),
    hint: 'check its type and its permissions',
  });
}
