/**
 * A cache in a folder, which many processes and machines may use at a time, such as a network share. A file gets its name only when it is
 * complete; a damaged blob is removed when it is found, so that it can be written again.
 *
 *     ac/01/0123…   an ActionResult        cas/89/89ab…   a blob        tmp/   files that are being written
 *
 * This is the layout of Bazel's --disk_cache.
 */
import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Digest, Sha256 } from '../../store/content/digest.ts';
import { type Bytes, type CachePlace, type Content, PlaceError, type Shelf } from './cache-place.ts';

const CHUNK = 1 << 20;
/** Milliseconds after which an unfinished file belongs to a process that was killed. */
const ABANDONED_MS = 86_400_000;

export function folderPlace(folder: string): CachePlace {
  const pathOf = (shelf: Shelf, hash: Sha256): string => join(folder, shelf, hash.slice(0, 2), hash);
  const temporary = join(folder, 'tmp');
  let swept: Promise<void> | undefined;

  return {
    name: folder,

    async get(shelf, hash, signal) {
      return translated(async () => {
        const path = pathOf(shelf, hash);
        const file = await openIfThere(path);
        if (file === undefined) {
          // A missing folder is not an empty cache: a share that is not mounted would otherwise look like one.
          await access(folder, constants.R_OK);
          return undefined;
        }
        return chunksOf(file, shelf === 'cas' ? { path, hash } : undefined, signal);
      });
    },

    async put(shelf, hash, content, signal) {
      await translated(async () => {
        await access(folder, constants.W_OK);
        await mkdir(temporary, { recursive: true });
        swept ??= sweep(temporary);
        await swept;
        const target = pathOf(shelf, hash);
        const unfinished = join(temporary, randomUUID());
        try {
          await writeAll(unfinished, content, signal);
          await mkdir(dirname(target), { recursive: true });
          await rename(unfinished, target);
        } finally {
          await rm(unfinished, { force: true });
        }
      });
    },

    async contains({ hash, size }: Digest) {
      const found = await stat(pathOf('cas', hash)).catch(() => undefined);
      return found?.isFile() === true && found.size === size;
    },
  };
}

async function openIfThere(path: string) {
  try {
    return await open(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The content of a file; a blob with other bytes than its name says is removed at the end. */
async function* chunksOf(
  file: Awaited<ReturnType<typeof open>>,
  blob: { readonly path: string; readonly hash: Sha256 } | undefined,
  signal: AbortSignal,
): Bytes {
  const hash = blob === undefined ? undefined : createHash('sha256');
  try {
    for await (const chunk of file.createReadStream({ highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      hash?.update(chunk);
      yield chunk;
    }
  } catch (error) {
    throw placeError(error, signal);
  }
  if (blob === undefined || hash?.digest('hex') === blob.hash) return;
  // In a folder that is read-only here, somebody else must do it.
  await rm(blob.path, { force: true }).catch(() => undefined);
}

async function writeAll(path: string, content: Content, signal: AbortSignal): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    for await (const chunk of content.read()) {
      signal.throwIfAborted();
      await file.appendFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function sweep(temporary: string): Promise<void> {
  for (const name of await readdir(temporary)) {
    const path = join(temporary, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MS)
      await rm(path, { force: true }).catch(() => undefined);
  }
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw placeError(error);
  }
}

/** An error of the operating system as a PlaceError; anything else, such as a stop, as it is. */
function placeError(error: unknown, signal?: AbortSignal): unknown {
  const code = codeOf(error);
  if (code === undefined || error instanceof PlaceError || signal?.aborted === true) return error;
  if (code === 'ENOENT') return new PlaceError('gone', 'the folder does not exist', 'create it, or mount it');
  if (code === 'ENOSPC' || code === 'EDQUOT') return new PlaceError('refused', 'the folder has no free space');
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new PlaceError('gone', `access to the folder is denied (${code})`, 'check its permissions');
  return new PlaceError('gone', `the folder cannot be used (${code})`);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
