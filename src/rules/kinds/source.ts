/** The `source` kind: one file or folder that people edit. A leaf: read by every build, by stat alone while it does not change. */
import { lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Label, type LeafNode, leafNode, type Outputs } from '../../engine/model/graph.ts';
import type { Artifact } from '../../store/content/artifact.ts';
import type { Entry } from '../../store/content/directory.ts';
import { storeFailure } from '../../store/database/store-failure.ts';
import { followLinks } from '../../store/sources/follow-links.ts';
import type { Intake } from '../../store/sources/intake.ts';
import { compareUtf8 } from '../../util/bytes.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { SharedKind } from '../kind.ts';

export const SOURCE_KIND = { shared: true, labelWords: [] } satisfies SharedKind;

export interface SourceOptions {
  readonly label: Label;
  /** Absolute; a file gives the output `file`, a folder the output `tree`. */
  readonly path: string;
  /** Where nothing lies, but what came to lie there would be meant instead. */
  readonly over?: readonly string[];
}

export function sourceNode({ label, path, over = [] }: SourceOptions): LeafNode {
  const read = (intake: Intake): Promise<Result<Outputs>> => {
    for (const place of over) intake.watch(place);
    return readSource(intake, path);
  };
  return leafNode({ label, kind: 'source', reads: [path], read });
}

/** Single files as the outputs of one leaf of another kind: what a user gives in place of something that aib would make. */
export function filesNode(options: {
  readonly label: Label;
  readonly kind: string;
  /** Absolute paths by output. */
  readonly files: Readonly<Record<string, string>>;
}): LeafNode {
  const { label, kind, files } = options;
  return leafNode({
    label,
    kind,
    reads: Object.values(files),
    read: async intake => {
      const outputs: Record<string, Artifact> = {};
      for (const [output, path] of Object.entries(files)) {
        const read = await readSource(intake, path);
        if (!read.ok) return read;
        const { file } = read.value;
        if (file === undefined)
          return fail({ code: 'AIB_SOURCE', what: 'A file is wanted, not a folder', where: path });
        outputs[output] = file;
      }
      return ok(outputs);
    },
  });
}

async function readSource(intake: Intake, path: string): Promise<Result<Outputs>> {
  try {
    const stats = statSync(path);
    if (!stats.isDirectory()) {
      // Who reads a pipe waits for whoever writes into it.
      if (stats.isFIFO()) throw new Error('it is a pipe');
      return ok({ file: { type: 'file', digest: await intake.file(path) } });
    }
    // The folder may be a link to another one, or lie behind one: if that leads elsewhere tomorrow, it is a change.
    for (const place of followLinks(path).keys()) intake.watch(place);
    const tree = new Map<string, Entry>();
    await addFolder(intake, path, '', tree);
    return ok({ tree: { type: 'directory', digest: intake.tree(tree) } });
  } catch (error) {
    // It was the store that could not take it in.
    const failure = storeFailure(error);
    if (failure?.code === 'AIB_STORE_FULL') return fail(failure);
    return fail({
      code: 'AIB_SOURCE',
      what: 'A source cannot be read',
      where: path,
      got: error instanceof Error ? error.message : String(error),
    });
  }
}

async function addFolder(intake: Intake, root: string, prefix: string, tree: Map<string, Entry>): Promise<void> {
  intake.watch(join(root, prefix));
  const entries = readdirSync(join(root, prefix), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => compareUtf8(a.name, b.name))) {
    const relative = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    const path = join(root, relative);
    // What stands there for bytes that are no text leads to no file.
    if (entry.name.includes('\ufffd')) throw new Error(`${relative} has a name that is not UTF-8`);
    if (entry.isDirectory()) {
      await addFolder(intake, root, relative, tree);
    } else if (entry.isSymbolicLink()) {
      tree.set(relative, { type: 'symlink', target: readlinkSync(path) });
    } else if (entry.isFile()) {
      const executable = (lstatSync(path).mode & 0o100) !== 0;
      tree.set(relative, { type: 'file', digest: await intake.file(path), executable });
    } else {
      throw new Error(`${relative} is a device, a pipe or a socket`);
    }
  }
}
