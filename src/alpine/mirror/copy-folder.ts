/**
 * The folder of `aib mirror copy`: a part of a mirror, with the layout of a mirror. A file gets its name only when it is complete. Never
 * touches a file that is not in the folder's own list.
 *
 *     aib-copy.sha256     what is there, or will be: the list, as sha256sum writes and checks it
 *     v3.20/…             as on any mirror; during a copy some files are missing, and one is called ….part
 *     sample.json         for a sample: its copy is a sample, too
 *
 * The list is written before the first of its files, so an interrupted copy is recognized as a copy.
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

  /** Whether the file is there with exactly these bytes. */
  async holds(path: string, digest: Digest, signal: AbortSignal): Promise<boolean> {
    if (this.size(path) !== digest.size) return false;
    try {
      return sameDigest(await digestOfFile(this.locate(path), signal), digest);
    } catch (error) {
      if (isStop(error, signal)) throw error;
      // An unreadable file counts as missing; writing it again may still succeed.
      return false;
    }
  }

  /** Bytes; undefined if it is missing or not a file. */
  size(path: string): number | undefined {
    const stats = statSync(this.locate(path), { throwIfNoEntry: false });
    return stats?.isFile() === true ? stats.size : undefined;
  }

  /** Adds files to the list; must be called before any of them is placed. */
  async announce(files: ReadonlyMap<string, Sha256>): Promise<Result<void>> {
    return this.#writeList(new Map([...this.#listed, ...files]));
  }

  /** Writes a file from its bytes, and replaces an existing one. Rejects with the signal's reason when aborted. */
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

  /** Removes files that are in the list, with their leftovers of a killed run. */
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

/** Opens a new or empty folder, or an earlier copy of a mirror with the same keys. Creates nothing yet. */
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
    const fault = hash === undefined ? 'it is not a line of sha256sum' : pathBelowFault(path);
    if (fault !== undefined) {
      return fail({
        code: 'AIB_COPY_IN_THE_WAY',
        what: 'The file list of a mirror copy is damaged',
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
    what: 'The target folder of the mirror copy contains something else',
    where: folder,
    got: `${names.slice(0, 3).join(', ')}${names.length > 3 ? ' …' : ''}, but no ${LIST}`,
    hint: 'name a new folder, an empty folder, or an earlier copy',
  };
}

function otherKeys(folder: string, isSample: boolean): Failure {
  return {
    code: 'AIB_COPY_IN_THE_WAY',
    what: 'The folder contains a copy of a mirror with other keys',
    where: folder,
    got: isSample
      ? 'a copy of an Alpine mirror, but the mirror is a sample'
      : 'a copy of a sample, but the mirror is an Alpine mirror',
    hint: 'name another folder: one folder cannot contain both',
  };
}

function changed(file: string, { hash }: Digest, expected: Digest): Failure {
  return {
    code: 'AIB_DIGEST_MISMATCH',
    what: 'A file has changed while it was copied from the store',
    where: file,
    got: `sha256 ${hash}, expected sha256 ${expected.hash}`,
    hint: 'run aib fsck --deep, which checks every byte of the store, then run the same command again',
  };
}

/** Errors of the file system become failures; any other error is a bug and is thrown. */
function cannotWrite(error: unknown, where: string): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return {
    code: 'AIB_CANNOT_WRITE',
    what: 'The mirror copy cannot be written',
    where,
    got: message,
    hint:
      code === 'ENOSPC' || code === 'EDQUOT'
        ? 'free some space, or name a folder with more space; the same command continues with what is already copied'
        : 'check that the folder is writable, or name another folder',
  };
}
