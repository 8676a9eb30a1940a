/** Unpacks bytes with an engine of zlib, as a stream. Never keeps more than a few pieces in memory. */
import { type Duplex, Readable } from 'node:stream';
import { type Bytes, damaged } from '../reading/random-access.ts';
import { pieces } from '../reading/volume.ts';

/** All engines of zlib have this property, but the types of some omit it. */
export type Engine = Duplex & { readonly bytesWritten: number };

/** Maximum number of members or frames of one file: as many as bgzip makes from 1 GiB. */
export const MOST_PARTS = 20_000;

/** The name of the unpacked file. */
export const UNPACKED = 'unpacked';

/** Unpacks the data at an offset. Afterwards the engine knows how many bytes were read. A caller may stop early; nothing stays open. */
export async function* unpacking(bytes: Bytes, at: number, engine: Engine): AsyncGenerator<Buffer> {
  const source = Readable.from(buffers(bytes, at));
  source.on('error', error => engine.destroy(error));
  source.pipe(engine);
  try {
    yield* engine as AsyncIterable<Buffer>;
  } catch (error) {
    throw isOfData(error) ? damaged('its compressed data is invalid or truncated') : error;
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
