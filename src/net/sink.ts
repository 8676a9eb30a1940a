/** The target of a transfer, with a hash of its bytes. Never gives a file its name before it is complete. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Digest, Sha256 } from '../store/content/digest.ts';

export interface Sink {
  /** Bytes so far, including those of an earlier run. */
  readonly size: number;
  /** The validator of the bytes so far: see ResumePoint. */
  readonly validator: string | undefined;
  /** Drops all bytes so far; the following bytes belong to `validator`. */
  restart(validator: string | undefined): Promise<void>;
  write(chunk: Uint8Array): Promise<void>;
  digest(): Digest;
}

export class MemorySink implements Sink {
  readonly #hasher = new Hasher();
  #chunks: Uint8Array[] = [];
  validator: string | undefined;

  get size(): number {
    return this.#hasher.size;
  }

  async restart(validator: string | undefined): Promise<void> {
    this.#chunks = [];
    this.#hasher.reset();
    this.validator = validator;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
    this.#hasher.update(chunk);
  }

  digest(): Digest {
    return this.#hasher.digest();
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}

/**
 * `<file>.part`, with its validator in `<file>.part.from`. After a crash or a kill, the next run resumes the part if the source still has
 * the file of the validator. The validator is written before the first of its bytes, so a part never has the validator of another file.
 */
export class PartFile implements Sink {
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #hasher: Hasher;
  validator: string | undefined;

  private constructor(file: string, handle: FileHandle, hasher: Hasher, validator: string | undefined) {
    this.#file = file;
    this.#handle = handle;
    this.#hasher = hasher;
    this.validator = validator;
  }

  /**
   * `resume`: whether the part of an earlier run may be used. It may contain zeros after a power loss, so only with a digest check at the
   * end.
   */
  static async open(file: string, resume: boolean): Promise<PartFile> {
    await mkdir(dirname(file), { recursive: true });
    const validator = resume ? await readFile(`${file}.part.from`, 'utf8').catch(() => undefined) : undefined;
    const hasher = new Hasher();
    // In append mode, bytes go to the end of the file also after it was truncated.
    const handle = await open(`${file}.part`, 'a');
    if (validator === undefined) {
      await handle.truncate(0);
    } else {
      for await (const chunk of createReadStream(`${file}.part`, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
        hasher.update(chunk);
      }
    }
    return new PartFile(file, handle, hasher, validator);
  }

  /** The file of the bytes so far. */
  get path(): string {
    return `${this.#file}.part`;
  }

  get size(): number {
    return this.#hasher.size;
  }

  async restart(validator: string | undefined): Promise<void> {
    await rm(`${this.#file}.part.from`, { force: true });
    await this.#handle.truncate(0);
    this.#hasher.reset();
    if (validator !== undefined) await writeFile(`${this.#file}.part.from`, validator);
    this.validator = validator;
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#handle.appendFile(chunk);
    this.#hasher.update(chunk);
  }

  digest(): Digest {
    return this.#hasher.digest();
  }

  /** Gives the file its name, after its bytes are on the disk. */
  async keep(): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
    await rename(`${this.#file}.part`, this.#file);
    await rm(`${this.#file}.part.from`, { force: true });
  }

  /** Leaves the part for a later run if it can be resumed. */
  async leave(): Promise<void> {
    await this.#handle.close();
    if (this.validator === undefined || this.size === 0) await this.#remove();
  }

  async discard(): Promise<void> {
    await this.#handle.close();
    await this.#remove();
  }

  async #remove(): Promise<void> {
    await rm(`${this.#file}.part`, { force: true });
    await rm(`${this.#file}.part.from`, { force: true });
  }
}

class Hasher {
  #hash: Hash = createHash('sha256');
  size = 0;

  reset(): void {
    this.#hash = createHash('sha256');
    this.size = 0;
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.size += chunk.byteLength;
  }

  digest(): Digest {
    return { hash: this.#hash.copy().digest('hex') as Sha256, size: this.size };
  }
}
