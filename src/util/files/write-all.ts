/** Writes to an open file until every byte is written, which a single call of `write` does not guarantee. */
import type { FileHandle } from 'node:fs/promises';

/** At `position`, or after the last write without a position. */
export async function writeAll(output: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) {
    const place = position === undefined ? null : position + at;
    at += (await output.write(bytes, at, bytes.byteLength - at, place)).bytesWritten;
  }
}
