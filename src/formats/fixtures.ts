/** Small raw images for the tests of this folder. Only tests may import it. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Patch {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A temporary folder, and a function that removes it. */
export function temporaryFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'aib-formats-'));
  return { path, remove: () => rmSync(path, { recursive: true }) };
}

/** A sparse file of zeros with patches. */
export function makeRaw(path: string, size: number, patches: readonly Patch[]): string {
  const file = openSync(path, 'w');
  ftruncateSync(file, size);
  for (const { at, bytes } of patches) writeSync(file, bytes, 0, bytes.byteLength, at);
  closeSync(file);
  return path;
}

/** Incompressible bytes, the same in every run. */
export function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = 0x9e3779b9;
  for (let at = 0; at < size; at += 1) {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
