/**
 * The folder of `aib mirror copy`: a part of a mirror, laid out as one. A file has its name only when it is whole, and nothing is touched that is
 * not in the folder's own list.
 *
 *     aib-copy.sha256     what is there, or will be: the list, as sha256sum writes and checks it
 *     v3.20/…             as on any mirror; in the midst of a copy some are missing, and one is called ….part
 *     sample.json         of a sample, whose copy is one, too
 *
 * The list is written before the first of its files, so a copy that ended anywhere is known as one.
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PartFile } from '../../net/sink.ts';
import { type Digest, digestOf, digestOfFile, type Sha256, sameDigest } from '../../store/content/digest.ts';
import { compareUtf8 } from '../../util/bytes.ts';
import type { Failure } from '../../util/failure.ts';
import { pathBelowFault } from '../../util/files/file-name.ts';
import { makeFolder } from '../../util/files/make-folder.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { isStop } from '../../util/stop.ts';
import { SAMPLE_PATH } from './mirror-layout.ts';

const LIST = 'aib-copy.sha256';

export class CopyFolder {
  readonly folder: string;
  /** SHA-256 by path. */
  #listed: ReadonlyMap<string, Sha256>;

  /** For openCopy(). */
  constructor(folder: string, listed: ReadonlyMap<string, Sha256>) {
    this.folder = folder;
    this.#listed = listed;
  }

  get listed(): ReadonlyMap<string, Sha256> {
    return this.#listed;
  }

  locate(path: string): string {
    return join(this.folder, path);
  }

  /** Whether the file is there with these very bytes. */
  async holds(path: string, digest: Digest, signal: AbortSignal): Promise<boolean> {
    if (this.size(path) !== digest.size) return false;
    try {
      return sameDigest(await digestOfFile(this.locate(path), signal), digest);
    } catch (error) {
      if (isStop(error, signal)) throw error;
      // What cannot be read is as good as lost; whether it can be written anew is seen then.
      return false;
    }
  }

  /** Bytes; undefined for what is not there, or no file. */
  size(path: string): number | undefined {
    const stats = statSync(this.locate(path), { throwIfNoEntry: false });
    return stats?.isFile() === true ? stats.size : undefined;
  }

  /** Adds files to the list, which is to be done before any of them is placed. */
  async announce(files: ReadonlyMap<string, Sha256>): Promise<Result<void>> {
    return this.#writeList(new Map([...this.#listed, ...files]));
  }

  /** A file from its bytes, in the place of what there may be. Rejects with the signal's reason when aborted. */
  async place(
    path: string,
    digest: Digest,
    bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<Result<void>> {
    const file = this.locate(path);
    let part: PartFile | undefined;
    try {
      part = await PartFile.open(file, false);
      for await (const chunk of bytes) {
        signal?.throwIfAborted();
        await part.write(chunk);
      }
      const written = part.digest();
      if (sameDigest(written, digest)) {
        await part.keep();
        return ok(undefined);
      }
      await part.discard();
      return fail(changed(file, written, digest));
    } catch (error) {
      await part?.discard().catch(() => {});
      if (signal !== undefined && isStop(error, signal)) throw error;
      return fail(cannotWrite(error, file));
    }
  }

  /** Removes files that are in the list, and what a kill left of them. */
  async remove(paths: readonly string[]): Promise<Result<void>> {
    const gone = new Set(paths.filter(path => this.#listed.has(path)));
    try {
      for (const path of gone)
        for (const end of ['', '.part', '.part.from']) rmSync(`${this.locate(path)}${end}`, { force: true });
    } catch (error) {
      return fail(cannotWrite(error, this.folder));
    }
    return this.#writeList(new Map([...this.#listed].filter(([path]) => !gone.has(path))));
  }

  async #writeList(files: ReadonlyMap<string, Sha256>): Promise<Result<void>> {
    const lines = [...files].sort(([a], [b]) => compareUtf8(a, b)).map(([path, hash]) => `${hash}  ${path}\n`);
    const text = lines.join('');
    try {
      makeFolder(this.folder);
    } catch (error) {
      return fail(cannotWrite(error, this.folder));
    }
    const written = await this.place(LIST, digestOf(text), [Buffer.from(text)]);
    if (written.ok) this.#listed = files;
    return written;
  }
}

/** Of a new folder, an empty one, or that of an earlier copy of the same sort of mirror. Makes nothing yet. */
export function openCopy(folder: string, { isSample }: { readonly isSample: boolean }): Result<CopyFolder> {
  try {
    const names = existsSync(folder) ? readdirSync(folder) : [];
    if (!names.includes(LIST)) {
      const strange = names.filter(name => name !== `${LIST}.part`).sort(compareUtf8);
      return strange.length === 0 ? ok(new CopyFolder(folder, new Map())) : fail(inTheWay(folder, strange));
    }
    const listed = parseList(readFileSync(join(folder, LIST), 'utf8'), join(folder, LIST));
    if (!listed.ok) return listed;
    const { size } = listed.value;
    if (size > 0 && listed.value.has(SAMPLE_PATH) !== isSample) return fail(otherKeys(folder, isSample));
    return ok(new CopyFolder(folder, listed.value));
  } catch (error) {
    return fail(cannotWrite(error, folder));
  }
}

function parseList(text: string, where: string): Result<ReadonlyMap<string, Sha256>> {
  const listed = new Map<string, Sha256>();
  for (const [at, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const [, hash, path = ''] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    const fault = hash === undefined ? 'it is no line of sha256sum' : pathBelowFault(path);
    if (fault !== undefined) {
      return fail({
        code: 'AIB_COPY_IN_THE_WAY',
        what: 'The list of a copy of a mirror is damaged',
        where: `${where}:${at + 1}`,
        got: `${JSON.stringify(line.slice(0, 80))}: ${fault}`,
        hint: 'name a new folder, or remove this one',
      });
    }
    listed.set(path, hash as Sha256);
  }
  return ok(listed);
}

function inTheWay(folder: string, names: readonly string[]): Failure {
  return {
    code: 'AIB_COPY_IN_THE_WAY',
    what: 'The folder for the copy holds something else',
    where: folder,
    got: `${names.slice(0, 3).join(', ')}${names.length > 3 ? ' …' : ''}, and no ${LIST}`,
    hint: 'name a new folder, an empty one, or that of an earlier copy',
  };
}

function otherKeys(folder: string, isSample: boolean): Failure {
  return {
    code: 'AIB_COPY_IN_THE_WAY',
    what: 'The folder holds a copy of a mirror with other keys',
    where: folder,
    got: isSample ? "a copy of Alpine's, and the mirror is a sample" : "a copy of a sample, and the mirror is Alpine's",
    hint: 'name another folder: a folder is either a sample or not',
  };
}

function changed(file: string, { hash }: Digest, expected: Digest): Failure {
  return {
    code: 'AIB_DIGEST_MISMATCH',
    what: 'A file changed on its way from the store into the copy',
    where: file,
    got: `sha256 ${hash}, expected sha256 ${expected.hash}`,
    hint: 'run aib fsck --deep, which looks at every byte of the store, then the same command again',
  };
}

/** What is no failure of the file system is a bug, and goes on its way. */
function cannotWrite(error: unknown, where: string): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return {
    code: 'AIB_CANNOT_WRITE',
    what: 'The copy of the mirror cannot be written',
    where,
    got: message,
    hint:
      code === 'ENOSPC' || code === 'EDQUOT'
        ? 'make room there, or name a roomier place; the same command goes on with what is there'
        : 'check that the folder can be written to, or name another',
  };
}
