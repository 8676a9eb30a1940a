/**
 * Reads files from an ISO 9660 image without mounting it, by their Rock Ridge names if it has them, otherwise by the plain names in lower
 * case without `;1`. Never trusts a size or position in the image that is beyond the end of the file.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { fail, ok, type Result } from '../util/result.ts';
import { type DirectoryRecord, directoryRecords } from './directory-records.ts';
import { decodeSystemUse, type SystemUse } from './rock-ridge.ts';

interface IsoFile {
  /** From the root, without a leading slash. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  /** Bytes; 0 for directories and symlinks. */
  readonly size: number;
  /** For symlinks. */
  readonly linkTarget?: string;
}

export interface IsoImage {
  readonly volumeId: string;
  /** Directories before their content, in the image's order. */
  list(): readonly IsoFile[];
  /** The content of a file; undefined if there is no file of that path (symlinks are not followed). */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Writes the content to `target` piece by piece; false if there is no file of that path. */
  extract(path: string, target: string): Promise<boolean>;
}

interface Extent {
  readonly offset: number;
  readonly size: number;
}

const BLOCK = 2048;
const DESCRIPTORS_AT = 16 * BLOCK;
const MAX_DEPTH = 64;
const MAX_DIRECTORY_SIZE = 64 << 20;
const MAX_CONTINUATIONS = 100;
const COPY_SIZE = 1 << 20;
const TYPE_MASK = 0o170000;
const TYPE_SYMLINK = 0o120000;

/** Reads the whole tree at once; files are opened again for each read, so there is nothing to close. */
export async function openIso(path: string): Promise<Result<IsoImage>> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    return fail({ code: 'AIB_BAD_ISO', what: 'The ISO image cannot be opened', where: path, got });
  }
  try {
    return ok(await new TreeReader(path, file, (await file.stat()).size).image());
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    const hint = 'fetch it again, and check its size and checksum';
    return fail({
      code: 'AIB_BAD_ISO',
      what: 'The file is not a complete ISO 9660 image',
      where: path,
      got: error.message,
      hint,
    });
  } finally {
    await file.close();
  }
}

/** Ends the recursion; caught in this file. */
class Damage extends Error {}

class TreeReader {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #size: number;
  readonly #files: IsoFile[] = [];
  readonly #extents = new Map<string, readonly Extent[]>();
  readonly #seen = new Set<number>();
  #skip = 0;

  constructor(path: string, file: FileHandle, size: number) {
    this.#path = path;
    this.#file = file;
    this.#size = size;
  }

  async image(): Promise<IsoImage> {
    const descriptor = await this.#read({ offset: DESCRIPTORS_AT, size: BLOCK });
    if (descriptor.toString('latin1', 0, 7) !== '\x01CD001\x01') throw new Damage('no volume descriptor at byte 32768');
    if (descriptor.readUInt16LE(128) !== BLOCK) throw new Damage(`blocks of ${descriptor.readUInt16LE(128)} bytes`);
    const expected = descriptor.readUInt32LE(80) * BLOCK;
    if (expected > this.#size) throw new Damage(`${this.#size} bytes of ${expected}`);
    const root = { offset: descriptor.readUInt32LE(158) * BLOCK, size: descriptor.readUInt32LE(166) };
    await this.#readDirectory('', root, 0);
    const [path, files, extents] = [this.#path, this.#files, this.#extents];
    return {
      volumeId: descriptor.toString('latin1', 40, 72).trimEnd(),
      list: () => files,
      read: async name => {
        const found = extents.get(name);
        return found && (await wholeContent(contentOf(path, found)));
      },
      extract: async (name, target) => {
        const found = extents.get(name);
        if (found !== undefined) await writeContent(contentOf(path, found), target);
        return found !== undefined;
      },
    };
  }

  async #readDirectory(prefix: string, extent: Extent, depth: number): Promise<void> {
    if (depth > MAX_DEPTH || this.#seen.has(extent.offset))
      throw new Damage(`directories that contain themselves at ${prefix}`);
    if (extent.size > MAX_DIRECTORY_SIZE) throw new Damage(`a directory of ${extent.size} bytes at ${prefix}`);
    this.#seen.add(extent.offset);
    let parts: Extent[] = [];
    for (const record of directoryRecords(await this.#read(extent), faultOfRecord)) {
      const { identifier, isDirectory } = record;
      const content = { offset: record.block * BLOCK, size: record.size };
      const isRootItself = depth === 0 && identifier === '\0';
      const systemUse = await this.#systemUse(record, isRootItself);
      if (isRootItself) this.#skip = systemUse.skip ?? 0;
      if (identifier === '\0' || identifier === '\x01') continue;
      const path = prefix + nameOf(identifier, systemUse);
      this.#check(content);
      if (isDirectory) {
        this.#files.push({ path, type: 'directory', size: 0 });
        await this.#readDirectory(`${path}/`, content, depth + 1);
      } else if (((systemUse.mode ?? 0) & TYPE_MASK) === TYPE_SYMLINK) {
        const linkTarget = fromLatin1(systemUse.linkTarget ?? '');
        this.#files.push({ path, type: 'symlink', size: 0, linkTarget });
      } else {
        parts.push(content);
        if (record.goesOn) continue;
        this.#files.push({ path, type: 'file', size: parts.reduce((sum, part) => sum + part.size, 0) });
        this.#extents.set(path, parts);
        parts = [];
      }
    }
  }

  async #systemUse(record: DirectoryRecord, isRootItself: boolean): Promise<SystemUse> {
    const found: SystemUse = {};
    decodeSystemUse(record.systemUse.subarray(isRootItself ? 0 : this.#skip), found);
    for (let count = 0; found.continuation !== undefined; count += 1) {
      if (count === MAX_CONTINUATIONS) throw new Damage('a directory record without end');
      const { block, offset, size } = found.continuation;
      if (size > BLOCK) throw new Damage(`a continuation of ${size} bytes`);
      decodeSystemUse(await this.#read({ offset: block * BLOCK + offset, size }), found);
    }
    return found;
  }

  async #read(extent: Extent): Promise<Buffer> {
    this.#check(extent);
    const buffer = Buffer.alloc(extent.size);
    const { bytesRead } = await this.#file.read(buffer, 0, extent.size, extent.offset);
    if (bytesRead !== extent.size) throw new Damage(`the end at byte ${extent.offset + bytesRead}`);
    return buffer;
  }

  #check({ offset, size }: Extent): void {
    if (size > 0 && offset + size > this.#size)
      throw new Damage(`${this.#size} bytes, but it refers to byte ${offset + size}`);
  }
}

function faultOfRecord(size: number): Damage {
  return new Damage(`a directory record of ${size} bytes`);
}

function nameOf(identifier: string, systemUse: SystemUse): string {
  const name = fromLatin1(systemUse.name ?? identifier.toLowerCase().replace(/;\d+$/, '').replace(/\.$/, ''));
  if (name === '' || name === '.' || name === '..' || name.includes('/'))
    throw new Damage(`the name ${JSON.stringify(name)}`);
  return name;
}

function fromLatin1(text: string): string {
  return Buffer.from(text, 'latin1').toString();
}

async function* contentOf(path: string, extents: readonly Extent[]): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    for (const { offset, size } of extents) {
      for (let at = 0; at < size; ) {
        const buffer = Buffer.allocUnsafe(Math.min(COPY_SIZE, size - at));
        const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, offset + at);
        if (bytesRead === 0) throw new Error(`${path} shrank while it was being read`);
        yield buffer.subarray(0, bytesRead);
        at += bytesRead;
      }
    }
  } finally {
    await file.close();
  }
}

async function wholeContent(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function writeContent(content: AsyncIterable<Buffer>, target: string): Promise<void> {
  const output = await open(target, 'w');
  try {
    for await (const chunk of content) await output.writeFile(chunk);
  } finally {
    await output.close();
  }
}
