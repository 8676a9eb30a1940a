/**
 * Loads a configuration file with all its includes as one object. Must not read the environment, the network, or a file outside of the
 * roots.
 */
import { type Failure, internal } from '../../util/failure.ts';
import { ok, type Result } from '../../util/result.ts';
import { diskAccess, type FileAccess } from './file-access.ts';
import { defaultLimits, type HoconLimits } from './limits.ts';
import { parseDocument } from './parser.ts';
import { attempt, brief, Problem } from './problem.ts';
import { Resolver } from './resolve.ts';
import { type Asking, type FoundFile, Roots } from './roots.ts';
import type { FileChain } from './slot.ts';
import type { IncludeField, ObjectNode } from './syntax.ts';
import { type IncludedDocument, TreeBuilder } from './tree.ts';
import { formatPosition, type HoconObject } from './value.ts';

export interface LoadOptions {
  /** Folders of configuration files; an earlier one hides files of later ones. */
  readonly roots: readonly string[];
  readonly access?: FileAccess;
  readonly limits?: Partial<HoconLimits>;
}

export interface LoadedConfig {
  readonly root: HoconObject;
  /**
   * Absolute paths of every file that was read, and of every missing file that was looked for. If none of them changes, the result is the
   * same.
   */
  readonly files: readonly string[];
  /** The texts that were read, by the file name in positions, for excerpts in messages. */
  readonly sources: ReadonlyMap<string, string>;
}

export function loadHocon(path: string, options: LoadOptions): Result<LoadedConfig, Failure> {
  const loader = new Loader(options);
  const root = attempt(loader.sources, () => loader.load(path));
  return root.ok ? ok({ root: root.value, files: loader.files, sources: loader.sources }) : root;
}

interface LoadedFile {
  readonly found: FoundFile;
  readonly root: ObjectNode;
}

class Loader {
  readonly #limits: HoconLimits;
  readonly #roots: Roots;
  /** By path: a file that is included twice is read and parsed once. */
  readonly #loaded = new Map<string, LoadedFile>();
  readonly sources = new Map<string, string>();
  #includes = 0;
  #bytes = 0;

  constructor({ roots, access = diskAccess, limits }: LoadOptions) {
    this.#limits = { ...defaultLimits, ...limits };
    this.#roots = new Roots(roots, access, this.#limits.fileBytes);
  }

  get files(): readonly string[] {
    return this.#roots.looked;
  }

  load(path: string): HoconObject {
    const found = this.#roots.start(path);
    if (found === undefined) {
      throw new Problem('AIB_CONFIG_FILE', { what: `Configuration file not found: ${path}`, hint: 'check the path' });
    }
    const chain: FileChain = { file: found.path, includedAt: undefined, parent: undefined };
    const builder = new TreeBuilder((field, from) => this.#include(field, from), this.#limits);
    const root = builder.document(this.#parse(found, chain).root, chain);
    return new Resolver(builder, this.#limits).resolve(root);
  }

  #include(field: IncludeField, from: FileChain): IncludedDocument | undefined {
    this.#includes += 1;
    if (this.#includes > this.#limits.includes) {
      throw excess(`The configuration has more than ${this.#limits.includes} includes`, field, from);
    }
    refuseForeign(field);
    const including = this.#loaded.get(from.file)?.found;
    if (including === undefined) throw internal(`${from.file} includes a file but is not loaded`);
    const found = this.#roots.find(field.name, including, field);
    if (found === undefined) {
      if (!field.required) return undefined;
      throw new Problem('AIB_CONFIG_INCLUDE', {
        what: `Included file not found: ${brief(field.name)}`,
        at: field.at,
        length: field.length,
        trail: trailOf(from),
        hint: 'correct the name, or write include "…" without required if it may be missing',
      });
    }
    const chain: FileChain = { file: found.path, includedAt: field.at, parent: from };
    this.#refuseCycle(found, field, from);
    let depth = 0;
    for (let file: FileChain | undefined = chain; file !== undefined; file = file.parent) depth += 1;
    if (depth > this.#limits.includeDepth) {
      throw excess(`Includes are nested more than ${this.#limits.includeDepth} levels deep`, field, from);
    }
    return { root: this.#parse(found, chain).root, chain };
  }

  #refuseCycle(found: FoundFile, field: IncludeField, from: FileChain): void {
    for (let file: FileChain | undefined = from; file !== undefined; file = file.parent) {
      if (this.#loaded.get(file.file)?.found.realPath !== found.realPath) continue;
      throw new Problem('AIB_CONFIG_CYCLE', {
        what: `The file ${found.path} includes itself`,
        at: field.at,
        length: field.length,
        trail: trailOf(from),
        hint: 'remove one of these includes',
      });
    }
  }

  #parse(found: FoundFile, chain: FileChain): LoadedFile {
    const known = this.#loaded.get(found.path);
    if (known !== undefined) return known;
    this.#bytes += found.bytes.byteLength;
    if (this.#bytes > this.#limits.totalBytes) {
      const what = `The configuration has more than ${this.#limits.totalBytes} bytes in total`;
      throw new Problem('AIB_CONFIG_LIMIT', { what, trail: trailOf(chain), hint: 'include fewer files' });
    }
    const text = decode(found, chain);
    this.sources.set(found.path, text);
    const loaded = { found, root: inChain(chain, () => parseDocument(text, found.path, this.#limits)) };
    this.#loaded.set(found.path, loaded);
    return loaded;
  }
}

function decode(found: FoundFile, chain: FileChain): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(found.bytes);
  } catch {
    throw new Problem('AIB_CONFIG_FILE', {
      what: `The file ${found.path} is not UTF-8 text`,
      trail: trailOf(chain),
      hint: 'save it as UTF-8',
    });
  }
}

/** Refuses names that cannot be files. Otherwise they would be optional files that are silently missing. */
function refuseForeign({ name, at, length }: IncludeField & Asking): void {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name)) {
    throw new Problem('AIB_CONFIG_INCLUDE', {
      what: 'An include cannot read from a URL',
      at,
      length,
      hint: 'download the file into a configs folder',
    });
  }
  if (/[*?]/.test(name) || name.includes('\0') || name === '') {
    throw new Problem('AIB_CONFIG_INCLUDE', {
      what: 'An include must name exactly one file',
      at,
      length,
      hint: 'include each file by its name',
    });
  }
}

function inChain<T>(chain: FileChain, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof Problem) || chain.parent === undefined) throw error;
    throw new Problem(error.code, { ...error.detail, trail: [...(error.detail.trail ?? []), ...trailOf(chain)] });
  }
}

/** The includes that led to the file, nearest first. */
function trailOf(chain: FileChain): readonly string[] {
  const trail: string[] = [];
  for (let file: FileChain | undefined = chain; file?.includedAt !== undefined; file = file.parent) {
    trail.push(`${file.file} is included at ${formatPosition(file.includedAt)}`);
  }
  return trail;
}

function excess(what: string, field: IncludeField, from: FileChain): Problem {
  return new Problem('AIB_CONFIG_LIMIT', {
    what,
    at: field.at,
    length: field.length,
    trail: trailOf(from),
    hint: 'include fewer files',
  });
}
