/**
 * Writes ISO 9660 images with Rock Ridge, as Linux mounts them: long mixed-case names, modes, symlinks. Equal entries result in equal bytes
 * in any order; of the source files, only the content is used, never a time, mode or owner.
 */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { internal } from '../util/failure.ts';
import { writeAll } from '../util/files/write-all.ts';
import { blocksOf, depthFirst, ISO_BLOCK, IsoLayout, type IsoOptions } from './iso9660-layout.ts';
import { buildIsoTree, type IsoEntry, type IsoLeaf } from './iso9660-tree.ts';

export type { IsoOptions } from './iso9660-layout.ts';
export type { IsoEntry } from './iso9660-tree.ts';

/** Part of the key of every action that writes an ISO image; increase it when the bytes change. */
export const ISO_FORMAT_VERSION = 1;

const FILE_SIZE_MAX = 0xffffffff;
const COPY_SIZE = 1 << 20;

/** Writes the image in one pass, with at most one MiB of a file in memory. Overwrites `target`. */
export async function writeIso(target: string, entries: Iterable<IsoEntry>, options: IsoOptions): Promise<void> {
  const root = buildIsoTree(entries);
  const leaves = depthFirst(root);
  const sizes = await Promise.all(leaves.map(leaf => contentSize(leaf)));
  const image = new IsoLayout(root, leaves, sizes, options);
  const output = await open(target, 'w');
  try {
    await writeAll(output, image.head());
    for (const [index, leaf] of leaves.entries()) await copyContent(leaf, sizes[index] ?? 0, output);
  } finally {
    await output.close();
  }
}

async function contentSize(leaf: IsoLeaf): Promise<number> {
  if (leaf.entry.type === 'symlink') return 0;
  const { source } = leaf.entry;
  const size = 'bytes' in source ? source.bytes.byteLength : (await stat(source.file)).size;
  if (size > FILE_SIZE_MAX) throw internal(`${leaf.entry.path} is too large for an ISO image: ${size} bytes`);
  return size;
}

async function copyContent(leaf: IsoLeaf, size: number, output: FileHandle): Promise<void> {
  if (leaf.entry.type === 'symlink') return;
  const { source } = leaf.entry;
  if ('bytes' in source) await writeAll(output, source.bytes);
  else await copyFileContent(source.file, size, output);
  await writeAll(output, Buffer.alloc(blocksOf(size) * ISO_BLOCK - size));
}

async function copyFileContent(path: string, size: number, output: FileHandle): Promise<void> {
  const input = await open(path);
  try {
    const buffer = Buffer.alloc(Math.min(COPY_SIZE, size));
    for (let at = 0; at < size; ) {
      const { bytesRead } = await input.read(buffer, 0, Math.min(buffer.byteLength, size - at), at);
      if (bytesRead === 0) throw internal(`${path} shrank while it was being copied into an ISO image`);
      await writeAll(output, buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
  } finally {
    await input.close();
  }
}
