/** Writes to an open file until every byte is written, which one call of `write` doesn't promise. Never moves anything by itself. */
import type { FileHandle } from 'node:fs/promises';

/** At `position`, or where the last write without a position ended. */
export async function writeAll(output: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) {
    const place = position === undefined ? null : position + at;
    at += (await output.write(bytes, at, bytes.byteLength - at, place)).bytesWritten;
  }
}
