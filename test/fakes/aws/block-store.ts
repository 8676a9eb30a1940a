/** Bytes by their SHA-256, in memory or in a folder. Never stores the same bytes twice. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export class BlockStore {
  readonly #folder: string | undefined;
  readonly #blocks = new Map<string, Buffer>();

  /** With a folder, nothing is kept in memory. */
  constructor(folder?: string) {
    this.#folder = folder;
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
  }

  /** A caller that knows the digest already can pass it. */
  put(bytes: Buffer, digest = createHash('sha256').update(bytes).digest('hex')): string {
    if (this.#folder === undefined) {
      // A copy, because a buffer may be a window on a much larger one.
      if (!this.#blocks.has(digest)) this.#blocks.set(digest, Buffer.from(bytes));
    } else write(join(this.#folder, digest), bytes);
    return digest;
  }

  get(digest: string): Buffer {
    const bytes = this.#folder === undefined ? this.#blocks.get(digest) : readFileSync(join(this.#folder, digest));
    if (bytes === undefined) throw new Error(`the fake of AWS has lost the block ${digest}`);
    return bytes;
  }

  saveTo(folder: string): void {
    mkdirSync(folder, { recursive: true });
    for (const [digest, bytes] of this.#blocks) write(join(folder, digest), bytes);
  }
}

function write(path: string, bytes: Buffer): void {
  if (existsSync(path)) return;
  writeFileSync(`${path}.part`, bytes);
  renameSync(`${path}.part`, path);
}
