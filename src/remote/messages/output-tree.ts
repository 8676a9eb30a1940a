/**
 * Checks the folder of a result, as a `Tree` message from another machine. Never accepts a folder from which a path or a symbolic link leads
 * out.
 */
import { type Digest, digestOf } from '../../store/content/digest.ts';
import { decodeDirectory, type EncodedTree, type Entry } from '../../store/content/directory.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { readWire } from '../../util/wire.ts';

/** Folders deeper than this are refused; paths on Linux are shorter. */
const MOST_DEPTH = 256;
/** A small message can describe a huge folder, because a folder may occur in it many times. */
const MOST_ENTRIES = 1_000_000;

/** The folder, or a phrase about what is wrong with it. */
export function readOutputTree(bytes: Uint8Array): Result<EncodedTree, string> {
  const fields = readWire(bytes);
  const roots = (fields ?? []).filter(({ field }) => field === 1);
  const [root] = roots;
  if (fields === undefined || root === undefined || roots.length > 1) return fail('its tree is not a Tree message');
  const messages = fields
    .filter(({ field }) => field === 1 || field === 2)
    .map(({ bytes: message }) => ({ digest: digestOf(message), bytes: Buffer.from(message) }));
  const tree = { root: digestOf(root.bytes), messages };
  const fault = treeFault(tree);
  return fault === undefined ? ok(tree) : fail(fault);
}

/** A phrase about what is wrong with a folder; undefined if it can be shared. */
export function treeFault({ root, messages }: EncodedTree): string | undefined {
  const folders = new Map<string, ReadonlyMap<string, Entry>>();
  for (const { digest, bytes } of messages) {
    const entries = decodeDirectory(bytes);
    if (entries === undefined) return 'a folder of its tree is invalid, or names a path outside of it';
    folders.set(digest.hash, entries);
  }
  return folderFaults({ root, folders });
}

interface Folders {
  readonly root: Digest;
  readonly folders: ReadonlyMap<string, ReadonlyMap<string, Entry>>;
}

function folderFaults({ root, folders }: Folders): string | undefined {
  /** The number of entries below a folder, by its hash. */
  const sizes = new Map<string, number>();
  /** The least depth at which a folder was checked: a link that stays inside there stays inside everywhere below. */
  const depths = new Map<string, number>();
  const walk = ({ hash }: Digest, depth: number): string | undefined => {
    if ((depths.get(hash) ?? Number.POSITIVE_INFINITY) <= depth) return undefined;
    if (depth > MOST_DEPTH) return `its tree is deeper than ${MOST_DEPTH} folders`;
    depths.set(hash, depth);
    const entries = folders.get(hash);
    if (entries === undefined) return `its tree does not contain its folder ${hash}`;
    let size = entries.size;
    for (const [name, entry] of entries) {
      if (entry.type === 'symlink' && leadsOut(entry.target, depth))
        return `the link ${name} in its tree leads out of the tree, to ${entry.target}`;
      if (entry.type !== 'directory') continue;
      const fault = walk(entry.digest, depth + 1);
      if (fault !== undefined) return fault;
      size += sizes.get(entry.digest.hash) ?? 0;
    }
    sizes.set(hash, size);
    return size > MOST_ENTRIES ? `its tree has more than ${MOST_ENTRIES} entries` : undefined;
  };
  return walk(root, 0);
}

/**
 * Whether a link in a folder at this depth may lead out of the tree. `..` is accepted only at the start of a target: after a name it would be
 * relative to what that name links to.
 */
function leadsOut(target: string, depth: number): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\0')) return true;
  const parts = target.split('/').filter(part => part !== '' && part !== '.');
  const up = parts.findIndex(part => part !== '..');
  const ups = up === -1 ? parts.length : up;
  return ups > depth || parts.slice(ups).includes('..');
}
