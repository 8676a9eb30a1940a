/** The scripts of a configuration as source nodes: for each the file or folder in the last layer that has it. */
import { closeSync, existsSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Edge, Node } from '../../engine/model/graph.ts';
import type { Failure } from '../../util/failure.ts';
import { pathBelowFault } from '../../util/files/file-name.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { nearest } from '../../util/suggest.ts';
import { sourceNode } from '../kinds/source.ts';
import { sourceLabel } from '../labels.ts';

/** By name; a script is one file, a script folder a tree. */
export type SourcesOf = (names: readonly string[], output: 'file' | 'tree') => Result<ReadonlyMap<string, Edge>>;

/** Caches the results, because many variants have the same names. */
export function scriptSources(folders: readonly string[], add: (node: Node) => void): SourcesOf {
  const found = new Map<string, ReturnType<SourcesOf>>();
  return (names, output) => {
    const key = JSON.stringify([output, names]);
    const sources = found.get(key) ?? findSources(folders, names, output, add);
    found.set(key, sources);
    return sources;
  };
}

/** A source node for each name, from the last folder that has it. */
function findSources(
  folders: readonly string[],
  names: readonly string[],
  output: 'file' | 'tree',
  add: (node: Node) => void,
): Result<ReadonlyMap<string, Edge>> {
  const edges = new Map<string, Edge>();
  for (const name of names) {
    const fault = pathBelowFault(name);
    if (fault !== undefined)
      return fail({ code: 'AIB_CONFIG_PATH', what: `Invalid name of a script: ${JSON.stringify(name)}`, got: fault });
    // A broken link counts as existing, too: a script in an earlier layer is not what the user means.
    const stats = (path: string) => lstatSync(path, { throwIfNoEntry: false });
    const places = folders.map(folder => join(folder, name));
    const found = places.findLastIndex(candidate => stats(candidate) !== undefined);
    const path = places[found];
    const what = output === 'tree' ? 'script folder' : 'script';
    if (path === undefined) {
      return fail({
        code: 'AIB_NO_SCRIPT',
        what: `${output === 'tree' ? 'Script folder' : 'Script'} not found: ${name}`,
        where: folders.join(', '),
        hint: didYouMean(name, folders),
      });
    }
    if ((stats(path)?.isDirectory() === true) !== (output === 'tree')) {
      return fail({
        code: 'AIB_NO_SCRIPT',
        what: `The configuration names ${name} as a ${what}`,
        where: path,
        got: output === 'tree' ? 'not a folder' : 'a folder',
        hint: 'list single files in scripts, and folders in script_dirs',
      });
    }
    const unrunnable = output === 'file' ? firstLineFault(path) : undefined;
    if (unrunnable !== undefined)
      return fail({ code: 'AIB_SCRIPT_START', what: `The script ${name} cannot be run`, where: path, ...unrunnable });
    const label = sourceLabel(`scripts/${name}`);
    add(sourceNode({ label, path, over: places.slice(found + 1) }));
    edges.set(name, { label, output });
  }
  return ok(edges);
}

const BOM = '\ufeff';
/** Linux reads only this part of a first line. */
const LONGEST_LINE = 256;

/** The fault for which a kernel cannot run the file. Does not check whether the interpreter is in the image. */
function firstLineFault(path: string): Pick<Failure, 'got' | 'hint'> | undefined {
  const head = headOf(path);
  // The source node reports why it cannot be read.
  if (head === undefined) return undefined;
  const line = head.split('\n')[0] ?? '';
  if (line.startsWith(BOM)) return { got: 'a byte order mark before #!', hint: 'save it as UTF-8 without one' };
  if (!/^#! *\//.test(line))
    return { got: JSON.stringify(line.slice(0, 60)), hint: 'start it with #! and its interpreter: #!/bin/sh -eu' };
  if (line.endsWith('\r'))
    return { got: 'lines that end with CR LF, as on Windows', hint: `end them with LF: sed -i 's/\\r$//' FILE` };
  return undefined;
}

function headOf(path: string): string | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      const head = Buffer.alloc(LONGEST_LINE);
      return head.toString('utf8', 0, readSync(file, head, 0, LONGEST_LINE, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

function didYouMean(name: string, folders: readonly string[]): string {
  const known = folders.flatMap(folder => (existsSync(folder) ? readdirSync(folder) : []));
  const near = nearest(name, known, 3);
  return near.length > 0
    ? `did you mean ${near.join(' or ')}?`
    : 'add it, or remove it from scripts in the configuration';
}
