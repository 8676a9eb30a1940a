/** A tree of files in a local folder; never writes to it. */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type NotOpened, type Opened, type Sized, type Source, SourceError } from './byte-source.ts';

export function folderSource(folder: string): Source {
  const locate = (path: string): string => join(folder, path);
  return {
    locate,
    async open(path): Promise<Opened> {
      try {
        const file = await open(locate(path));
        const found = await file.stat();
        if (!found.isFile()) {
          await file.close();
          return { kind: 'not found' };
        }
        return {
          kind: 'open',
          body: translated(file),
          refuse: () => file.close(),
          offset: 0,
          total: found.size,
        };
      } catch (error) {
        return notOpened(error);
      }
    },
    async size(path): Promise<Sized> {
      try {
        const found = await stat(locate(path));
        return found.isFile() ? { kind: 'size', bytes: found.size } : { kind: 'not found' };
      } catch (error) {
        return notOpened(error);
      }
    },
  };
}

async function* translated(file: FileHandle): AsyncGenerator<Uint8Array> {
  try {
    // The stream closes the file at its end, and if the loop ends early.
    for await (const chunk of file.createReadStream({ highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    throw unreadable(error);
  }
}

function notOpened(error: unknown): NotOpened {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'not found' };
  return { kind: 'failed', error: unreadable(error) };
}

function unreadable(error: unknown): SourceError {
  return new SourceError(`the file cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`, false);
}
