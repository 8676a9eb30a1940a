/**
 * Copies a file: blocks are shared if the filesystem supports it, and a large copy can be stopped in the middle. Never writes blocks of
 * zeros, so that a disk image keeps its holes.
 */
import { constants, statSync } from 'node:fs';
import { copyFile, open } from 'node:fs/promises';
import { writeAll } from '../../util/files/write-all.ts';

/** Bytes that are copied at a time; a smaller file is copied without checking for a stop. */
const CHUNK = 1 << 20;
const ZEROS = Buffer.alloc(CHUNK);
/** Error codes of filesystems that cannot share blocks, or not with the other filesystem. */
const CANNOT_SHARE = /^(ENOTSUP|EOPNOTSUPP|EXDEV|EINVAL|ENOSYS|ENOTTY|EPERM|ETXTBSY)$/;

/** The copy has the mode of the file. Rejects with the signal's reason when aborted, and then leaves an incomplete copy. */
export async function copyContent(source: string, target: string, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const { size, mode } = statSync(source);
  if (size < CHUNK) return copyFile(source, target, constants.COPYFILE_FICLONE);
  if (await share(source, target)) return;
  const from = await open(source, 'r');
  try {
    const to = await open(target, 'w', mode & 0o777);
    try {
      const buffer = Buffer.allocUnsafe(CHUNK);
      let at = 0;
      for (;;) {
        signal?.throwIfAborted();
        const { bytesRead } = await from.read(buffer, 0, CHUNK, at);
        if (bytesRead === 0) break;
        const piece = buffer.subarray(0, bytesRead);
        if (!piece.equals(ZEROS.subarray(0, bytesRead))) await writeAll(to, piece, at);
        at += bytesRead;
      }
      await to.truncate(at);
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

async function share(source: string, target: string): Promise<boolean> {
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && CANNOT_SHARE.test(String(error.code))) return false;
    throw error;
  }
}
