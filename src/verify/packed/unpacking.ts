/** Bytes through an engine of zlib, as a stream: never is more of it in memory than a few pieces, however much comes out. */
import { type Duplex, Readable } from 'node:stream';
import { type Bytes, damaged } from '../reading/random-access.ts';
import { pieces } from '../reading/volume.ts';

/** What engines of zlib have, and their types leave out of some. */
export type Engine = Duplex & { readonly bytesWritten: number };

/** Members or frames of one file: as many as bgzip makes of 1 GiB. */
export const MOST_PARTS = 20_000;

/** The name of what comes out. */
export const UNPACKED = 'unpacked';

/** Unpacks what starts at a byte. It ends after as many bytes as the engine says then. Whoever stops early leaves nothing open. */
export async function* unpacking(bytes: Bytes, at: number, engine: Engine): AsyncGenerator<Buffer> {
  const source = Readable.from(buffers(bytes, at));
  source.on('error', error => engine.destroy(error));
  source.pipe(engine);
  try {
    yield* engine as AsyncIterable<Buffer>;
  } catch (error) {
    throw isOfData(error) ? damaged('its compressed data is invalid or cut off') : error;
  } finally {
    source.destroy();
    engine.destroy();
  }
}

function* buffers(bytes: Bytes, at: number): Generator<Buffer> {
  for (const piece of pieces(bytes, at)) yield piece.bytes;
}

function isOfData(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('Z_') || code.startsWith('ZSTD_error');
}
