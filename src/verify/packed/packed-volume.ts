/** Files compressed with zstd or xz: the format is named, and unpacked if this version of Node supports it. Never fails if it does not. */
import * as zlib from 'node:zlib';
import { type Bytes, damaged, type Piece } from '../reading/random-access.ts';
import { byPath, partFile, type Volume } from '../reading/volume.ts';
import type { Scratch } from './scratch.ts';
import { type Engine, MOST_PARTS, UNPACKED, unpacking } from './unpacking.ts';

const MAGICS = { zstd: '28b52ffd', xz: 'fd377a585a00' } as const;
type Compression = keyof typeof MAGICS;

export function compressionOf(start: Buffer): Compression | undefined {
  const digits = start.toString('hex', 0, 6);
  return (['zstd', 'xz'] as const).find(name => digits.startsWith(MAGICS[name]));
}

export async function readPacked(bytes: Bytes, compression: Compression, scratch: Scratch): Promise<Volume> {
  const regions = () => [{ offset: 0, size: bytes.size, owner: 'compressed data' }];
  // Node 22.12 does not support zstd, and no version supports xz.
  if (compression === 'xz' || !('createZstdDecompress' in zlib))
    return { kind: `${compression}, not unpacked here`, fields: new Map(), files: new Map(), regions };
  const unpacked = await scratch.keep(unpackedZstd(bytes));
  const files = byPath([partFile(UNPACKED, unpacked, { at: 0, size: unpacked.size })]);
  return { kind: compression, fields: new Map(), files, regions, close: unpacked.close };
}

/** Node stops after the first frame, but more frames may follow. */
async function* unpackedZstd(bytes: Bytes): AsyncGenerator<Piece> {
  let offset = 0;
  let at = 0;
  for (let frames = 1; at < bytes.size; frames += 1) {
    if (frames > MOST_PARTS) throw damaged(`it has more than ${MOST_PARTS} frames of zstd`);
    const engine = zlib.createZstdDecompress() as Engine;
    for await (const chunk of unpacking(bytes, at, engine)) {
      yield { offset, bytes: chunk };
      offset += chunk.byteLength;
    }
    at += engine.bytesWritten;
  }
}
