/** The `source` kind: one file or folder that users edit. A leaf: every build reads it, with only a stat if it has not changed. */
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
  /** Absolute; a file has the output `file`, a folder the output `tree`. */
  readonly path: string;
  /** Paths without a file that would have precedence if one appeared. */
  readonly over?: readonly string[];
}

export function sourceNode({ label, path, over = [] }: SourceOptions): LeafNode {
  const read = (intake: Intake): Promise<Result<Outputs>> => {
    for (const place of over) intake.watch(place);
    return readSource(intake, path);
  };
  return leafNode({ label, kind: 'source', reads: [path], read });
}

/** Single files as the outputs of one leaf of another kind: files of a user that replace a result of aib. */
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
          return fail({ code: 'AIB_SOURCE', what: 'A file is required, not a folder', where: path });
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
      // Reading a pipe would block until a writer appears.
      if (stats.isFIFO()) throw new Error('it is a pipe');
      return ok({ file: { type: 'file', digest: await intake.file(path) } });
    }
    // The folder may be a link, or be behind one: a changed link is a change of the source.
    for (const place of followLinks(path).keys()) intake.watch(place);
    const tree = new Map<string, Entry>();
    await addFolder(intake, path, '', tree);
    return ok({ tree: { type: 'directory', digest: intake.tree(tree) } });
  } catch (error) {
    // The fault was in the store, not in the source.
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
    // With U+FFFD for invalid bytes, the name does not lead to the file.
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
