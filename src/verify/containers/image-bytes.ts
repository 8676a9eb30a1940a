/**
 * Opens a disk image of any supported format, detected by its content and never by its name. An unknown format is treated as a raw disk.
 */

import { type Bytes, checkRange, damaged, fileBytes, type OpenBytes } from '../reading/random-access.ts';
import { packedBytes } from './packed-bytes.ts';
import { qcow2Bytes } from './qcow2-bytes.ts';
import type { StoredBytes } from './stored-bytes.ts';
import { vhdBytes } from './vhd-bytes.ts';

type Format = 'raw' | 'qcow2' | 'vhd' | 'packed disk';

export interface OpenImage extends OpenBytes {
  readonly format: Format;
  /**
   * The offset of the first byte at or after `offset` that is stored and may be nonzero; `size` if there is none. For a raw disk this is
   * `offset`, because Node does not report holes of a file.
   */
  readonly stored: (offset: number) => number;
}

const SECTOR = 512;
const MAGIC = 8;
/** Maximum length of one read. A length may come from the image, and Node would throw if memory is not sufficient. */
const LARGEST_READ = 2 ** 30;

const READERS: { readonly [format in Format]: (file: Bytes) => StoredBytes } = {
  raw: file => ({ ...file, stored: offset => Math.min(offset, file.size) }),
  qcow2: qcow2Bytes,
  vhd: vhdBytes,
  'packed disk': packedBytes,
};

/** Throws a DamagedImage, as its reads do, if the image is inconsistent. */
export function openImage(path: string): OpenImage {
  const file = fileBytes(path);
  try {
    const format = formatOf(file);
    const { size, read, stored } = READERS[format](file);
    return { format, size, stored, close: file.close, read: (offset, length) => readSome(offset, length, size, read) };
  } catch (error) {
    file.close();
    throw error;
  }
}

function readSome(offset: number, length: number, size: number, read: Bytes['read']): Buffer {
  checkRange(offset, length, size);
  if (length > LARGEST_READ) throw damaged(`a single read of ${length} bytes exceeds the limit of ${LARGEST_READ}`);
  return read(offset, length);
}

function formatOf(file: Bytes): Format {
  const start = magicAt(file, 0);
  if (start.startsWith('QFI\xfb')) return 'qcow2';
  if (start === 'aib disk') return 'packed disk';
  if (magicAt(file, file.size - SECTOR) === 'conectix') return 'vhd';
  // A dynamic VHD starts with a copy of the footer.
  if (start === 'conectix') throw damaged('it starts like a VHD but has no footer at its end; it may be truncated');
  return 'raw';
}

function magicAt(file: Bytes, at: number): string {
  return at < 0 || at + MAGIC > file.size ? '' : file.read(at, MAGIC).toString('latin1');
}
