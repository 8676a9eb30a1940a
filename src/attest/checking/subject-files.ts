/** Compares the subjects of records with image files, by digests. The name of a subject must only be used to find a file in a folder. */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileNameFault } from '../../util/files/file-name.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Subject } from '../signing/statement.ts';
import type { FaultOfSubjects } from './check-records.ts';

/** A folder is the folder of an image: files in it are found by the names of the subjects. */
export function comparingWith(places: readonly string[]): Result<FaultOfSubjects> {
  const files: string[] = [];
  const folders: string[] = [];
  for (const place of places) {
    const stats = statSync(place, { throwIfNoEntry: false });
    if (stats?.isFile() === true) files.push(place);
    else if (stats?.isDirectory() === true) folders.push(place);
    else
      return fail({
        code: 'AIB_USAGE',
        what: 'Image not found',
        got: place,
        hint: 'name a file, or the folder of an image',
      });
  }
  const known = new Map<string, Promise<FileDigests>>();
  const digestsOf = (path: string): Promise<FileDigests> => {
    const digests = known.get(path) ?? hashFile(path);
    known.set(path, digests);
    return digests;
  };
  return ok(async subjects => {
    const given = await Promise.all(files.map(digestsOf));
    const met = new Set<string>();
    for (const subject of subjects) {
      const named = folders.map(folder => fileIn(folder, subject.name)).filter(path => path !== undefined);
      const candidates = [...given, ...(await Promise.all(named.map(digestsOf)))];
      if (candidates.length === 0) return `It is about ${told(subject)}, but no file there has this name`;
      const found = candidates.find(({ sha256 }) => sha256 === subject.digest.sha256);
      if (found === undefined) return `It is about another image: ${told(subject)}`;
      if ((subject.digest.sha512 ?? found.sha512) !== found.sha512)
        return `Its SHA-512 of ${subject.name} does not match the file`;
      met.add(found.sha256);
    }
    const left = files.find((_, index) => !met.has(given[index]?.sha256 ?? ''));
    return left === undefined ? undefined : `It does not cover ${left}`;
  });
}

/** Used without image files: all records must have the subjects of the first one. */
export function comparingAmong(): FaultOfSubjects {
  let first: ReadonlySet<string> | undefined;
  return async subjects => {
    const digests = new Set(subjects.map(({ digest }) => digest.sha256));
    first ??= digests;
    const isSame = digests.size === first.size && [...digests].every(digest => first?.has(digest));
    return isSame ? undefined : `It is about another image than the first record: ${subjects.map(told).join(', ')}`;
  };
}

interface FileDigests {
  readonly sha256: string;
  readonly sha512: string;
}

/** A name from a record must not lead into another folder. */
function fileIn(folder: string, name: string): string | undefined {
  const path = join(folder, name);
  const isFile = fileNameFault(name) === undefined && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return isFile ? path : undefined;
}

function told({ name, digest }: Subject): string {
  return `${JSON.stringify(name.slice(0, 80))} with the SHA-256 ${digest.sha256}`;
}

async function hashFile(path: string): Promise<FileDigests> {
  const [sha256, sha512] = [createHash('sha256'), createHash('sha512')];
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    sha256.update(chunk);
    sha512.update(chunk);
  }
  return { sha256: sha256.digest('hex'), sha512: sha512.digest('hex') };
}
