/**
 * A program of aib that runs an action, and everything that it gets: the parameters and inputs of its spec, and a folder for its outputs.
 * It never sees the project or the store, so its outputs depend only on what is in the key.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { internal } from '../../util/failure.ts';
import type { Result } from '../../util/result.ts';

/** Writes every declared output below `context.folder`. Expected failures are returned; every exception is a bug. */
export type Program = (context: ProgramContext) => Promise<Result<void>>;

/** Programs by name, each loaded when it is first needed. */
export type ProgramTable<P = Program> = Readonly<Record<string, () => Promise<P>>>;

/** Undefined for a name that is not an own key of the table. */
export function programNamed<P>(programs: ProgramTable<P>, name: string): (() => Promise<P>) | undefined {
  return Object.hasOwn(programs, name) ? programs[name] : undefined;
}

/** A program that may use the network. Only the digests and signatures in its spec decide its outputs. */
export type FetchProgram = (context: FetchContext) => Promise<Result<void>>;

export interface FetchContext extends ProgramContext {
  /** A folder that outlives the run: the same action finds there what a killed run has left. Removed after success. */
  readonly downloads: string;
}

export interface ProgramContext {
  readonly parameters: Readonly<Record<string, string>>;
  /** The type of each input, by path. */
  readonly inputs: ReadonlyMap<string, 'file' | 'directory'>;
  /** Empty at first; removed afterwards. */
  readonly folder: string;
  /** The file of an input, read-only; a path may lead into an input folder. */
  readonly inputFile: (path: string) => string;
  /** Paths of all files and links in an input folder, sorted, relative to it. */
  readonly listInput: (path: string) => readonly string[];
  readonly signal: AbortSignal;
  /** A line for the log of this execution. */
  readonly log: (line: string) => void;
  /** A few words about the current work, for the progress display. */
  readonly progress: (words: string) => void;
}

/** The place of an input: a file in the store, or a staged folder. */
export interface PlacedInput {
  readonly type: 'file' | 'directory';
  readonly path: string;
}

export function inputsAt(
  places: ReadonlyMap<string, PlacedInput>,
): Pick<ProgramContext, 'inputs' | 'inputFile' | 'listInput'> {
  const folderOf = (path: string): readonly [PlacedInput, string] | undefined => {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const place = places.get(path.slice(0, end));
      if (place?.type === 'directory') return [place, path.slice(end + 1)];
    }
    return undefined;
  };
  return {
    inputs: new Map([...places].map(([path, { type }]) => [path, type])),
    inputFile: path => {
      const own = places.get(path);
      if (own !== undefined) return own.path;
      const [folder, rest] = folderOf(path) ?? [];
      if (folder === undefined || rest === undefined) throw internal(`${path} is not an input of this action`);
      return join(folder.path, rest);
    },
    listInput: path => {
      const place = places.get(path);
      if (place?.type !== 'directory') throw internal(`${path} is not an input folder`);
      return namesBelow(place.path, '').sort();
    },
  };
}

/** Files and links below a folder. Node's own recursive listing follows links to folders, which may be a cycle. */
function namesBelow(folder: string, prefix: string): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap(entry => {
    const name = join(prefix, entry.name);
    return entry.isDirectory() ? namesBelow(folder, name) : [name];
  });
}

/** A parameter of the action; its rule declares it, so a missing parameter is a bug. */
export function parameterOf({ parameters }: Pick<ProgramContext, 'parameters'>, name: string): string {
  const value = parameters[name];
  if (value === undefined) throw internal(`the action has no parameter ${name}`);
  return value;
}
