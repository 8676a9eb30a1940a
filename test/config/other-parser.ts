/**
 * `@pushcorn/hocon-parser`, another HOCON parser, for comparison. Only for tests, and only for texts that they write: unchanged, it runs
 * code, fetches addresses and reads any file that a text names. All of that is disabled here before the first text is read.
 */
import { existsSync, realpathSync } from 'node:fs';
import { extname, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import parser from '@pushcorn/hocon-parser';

/** Plain data; keys keep their order, except those that look like array indexes. */
export type PlainValue = string | number | boolean | null | readonly PlainValue[] | PlainMap;
export interface PlainMap {
  readonly [key: string]: PlainValue;
}

type Class = new (...given: never[]) => object;

interface Registry {
  readonly Context: {
    registerComponent(...classes: readonly Class[]): void;
    resolve(source: object): Promise<PlainValue | undefined>;
    readonly defaultBuilderMap: Record<string, string>;
  };
  readonly TransformAdapter: Class;
  readonly SourceAdapter: Class;
  readonly BuilderAdapter: Class;
  getClass(name: string): new (...given: never[]) => FileSource;
}

interface FileSource {
  readonly context: { readonly url: { readonly href: string } };
  onLoadFile(): Promise<string>;
}

const library = parser as Registry;
const { Context } = library;
/** The folder that may be read now; none while a text is parsed. */
let readable: string | undefined;
harden();

export async function parseElsewhere(text: string): Promise<PlainValue | undefined> {
  readable = undefined;
  return guarded(() => Context.resolve({ text, strict: true, env: false }));
}

/** Includes are followed inside `root`. */
export async function loadElsewhere(file: string, root: string): Promise<PlainValue | undefined> {
  readable = realpathSync(root);
  return guarded(() => Context.resolve({ url: pathToFileURL(file).href, strict: true, env: false }));
}

/** Restores the prototype of all objects, because the parser sometimes writes to it. */
async function guarded<T>(parse: () => Promise<T>): Promise<T> {
  const before = Reflect.ownKeys(Object.prototype);
  const value = await parse();
  const added = Reflect.ownKeys(Object.prototype).filter(key => !before.includes(key));
  for (const key of added) Reflect.deleteProperty(Object.prototype, key);
  if (added.length > 0) throw new Error(`the text wrote ${added.map(String).join(', ')} into Object.prototype`);
  return value;
}

function harden(): void {
  const { TransformAdapter, SourceAdapter, BuilderAdapter } = library;
  const transforms = ['Eval', 'Map', 'Filter', 'Reduce', 'Invoke', 'Sort', 'Query', 'Hash', 'Slice', 'Trim', 'Unique'];
  for (const name of [...transforms, 'Base64Encode', 'Base64Decode']) refuse(`${name}Transform`, TransformAdapter);
  for (const name of ['Http', 'Https']) refuse(`${name}Source`, SourceAdapter);
  refuse('ModulepathSource', SourceAdapter, ['classpath']);
  refuse('ScriptBuilder', BuilderAdapter);
  for (const name of ['js', 'properties']) delete Context.defaultBuilderMap[name];
  Context.registerComponent(named('FileSource', confined(library.getClass('sources.FileSource'))));
}

/** Components are identified by the names of their classes. */
function refuse(name: string, Base: Class, aliases: readonly string[] = []): void {
  class Refusing extends Base {
    static get aliases(): readonly string[] {
      return aliases;
    }

    constructor() {
      super();
      throw new Error(`${name} is switched off`);
    }
  }
  Context.registerComponent(named(name, Refusing));
}

function confined(Base: new (...given: never[]) => FileSource): Class {
  return class extends Base {
    override async onLoadFile(): Promise<string> {
      const asked = fileURLToPath(this.context.url.href);
      // The parser itself reports that the file does not exist.
      if (!existsSync(asked)) return super.onLoadFile();
      const path = realpathSync(asked);
      const isInside = readable !== undefined && path.startsWith(readable + sep);
      if (!isInside || extname(path) !== '.conf') throw new Error(`${path} may not be read`);
      return super.onLoadFile();
    }
  };
}

function named<T extends Class>(name: string, made: T): T {
  return Object.defineProperty(made, 'name', { value: name });
}
