/**
 * A program of aib's own that carries an action out, and all that it is given: its spec's own parameters and inputs, and a folder for its
 * outputs. It knows neither the project nor the store, so what it makes depends on nothing that is not in the key.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { internal } from '../../util/failure.ts';
import type { Result } from '../../util/result.ts';

/** Writes every declared output below `context.folder`. Expected failures are given back; whatever is thrown is a bug. */
export type Program = (context: ProgramContext) => Promise<Result<void>>;

/** Programs by name, each loaded when it is first needed. */
export type ProgramTable<P = Program> = Readonly<Record<string, () => Promise<P>>>;

/** Undefined for a name that the table does not have itself. */
export function programNamed<P>(programs: ProgramTable<P>, name: string): (() => Promise<P>) | undefined {
  return Object.hasOwn(programs, name) ? programs[name] : undefined;
}

/** A program that may use the network. What its spec names by digest or signature decides what comes out, and nothing else. */
export type FetchProgram = (context: FetchContext) => Promise<Result<void>>;

export interface FetchContext extends ProgramContext {
  /** A folder that outlives the run: what a kill left in it is there when the same action runs again. Removed when it succeeded. */
  readonly downloads: string;
}

export interface ProgramContext {
  readonly parameters: Readonly<Record<string, string>>;
  /** What each input is, by path. */
  readonly inputs: ReadonlyMap<string, 'file' | 'directory'>;
  /** Empty at first; removed afterwards. */
  readonly folder: string;
  /** The file of an input, for reading only; a path may lead into an input folder. */
  readonly inputFile: (path: string) => string;
  /** Paths of all files and links in an input folder, sorted, relative to it. */
  readonly listInput: (path: string) => readonly string[];
  readonly signal: AbortSignal;
  /** A line for the log of this execution. */
  readonly log: (line: string) => void;
  /** A few words about what is being done now, for the progress display. */
  readonly progress: (words: string) => void;
}

/** Where an input lies: a file where it is in the store, a folder as it was staged. */
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
      if (folder === undefined || rest === undefined) throw internal(`${path} is no input of this action`);
      return join(folder.path, rest);
    },
    listInput: path => {
      const place = places.get(path);
      if (place?.type !== 'directory') throw internal(`${path} is not an input folder`);
      return namesBelow(place.path, '').sort();
    },
  };
}

/** Files and links below a folder. Node's own recursive listing goes into folders behind links, and round in circles. */
function namesBelow(folder: string, prefix: string): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap(entry => {
    const name = join(prefix, entry.name);
    return entry.isDirectory() ? namesBelow(folder, name) : [name];
  });
}

/** A parameter of the action; its rule declares it, so one that is missing is a bug. */
export function parameterOf({ parameters }: Pick<ProgramContext, 'parameters'>, name: string): string {
  const value = parameters[name];
  if (value === undefined) throw internal(`the action has no parameter ${name}`);
  return value;
}
