/** The files of a verified package; checks nothing itself. */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type TarEntry, unpackTar } from '../../formats/tar.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { MAX_CONTROL, openArchive } from './archive.ts';

/** In memory, so not for the largest packages; paths are unchanged. */
export async function packageContents(path: string): Promise<Result<readonly TarEntry[]>> {
  const bytes = await readFile(path);
  const parts = await openArchive(bytes, MAX_CONTROL);
  try {
    if (parts.kind !== 'parts') throw new Error(parts.kind === 'damaged' ? parts.why : parts.kind);
    return ok(await unpackTar(await promisify(gunzip)(bytes.subarray(parts.archive.controlEnd))));
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    return fail({ code: 'AIB_BAD_ARCHIVE', what: 'A package cannot be unpacked', where: path, got });
  }
}
