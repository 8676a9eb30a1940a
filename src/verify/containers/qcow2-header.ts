/**
 * Reads the header of a qcow2, and rejects what is not supported: an image with unknown features is never read as a plain one.
 * Numbers are big-endian.
 *
 *       0  `QFI\xfb`                      40  place of the L1 table, 64 bits
 *       4  version, 2 or 3                72  features that a reader has to know, 64 bits
 *       8  place of the backing file's       100  bytes of the header
 *          name, 64 bits, or 0              104  compression of clusters: 0 zlib, 1 zstd
 *      20  bits of a cluster's size
 *      24  bytes of the disk, 64 bits     Version 2 ends at byte 72, and a header of 104 bytes or less means zlib.
 *      32  encryption, 0 for none
 *      36  entries of the L1 table
 */
import { type Bytes, damaged } from '../reading/random-access.ts';
import { readNumber64, readWhole } from './stored-bytes.ts';

export type Compression = 'zlib' | 'zstd';

export interface Qcow2Header {
  readonly version: 2 | 3;
  /** Bytes of the disk. */
  readonly size: number;
  readonly clusterBits: number;
  readonly compression: Compression;
  /** The place of the L1 table, and the number of entries that the disk needs. */
  readonly l1At: number;
  readonly l1Entries: number;
}

const LARGEST_DISK = 64 * 2 ** 40;
/** QEMU's own limit. */
const LARGEST_L1 = 32 << 20;
const HEADER_2 = 72;
const HEADER_3 = 104;
const FEATURES = { dirty: 1, corrupt: 2, externalData: 4, compressionType: 8, extendedL2: 16 } as const;
/** Features that do not concern a reader: wrong reference counts only matter to a writer. */
const KNOWN_FEATURES = FEATURES.dirty | FEATURES.compressionType;

export function readQcow2Header(file: Bytes): Qcow2Header {
  const basic = readWhole(file, 'the header of this qcow2', 0, HEADER_2);
  const version = basic.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw damaged(`unsupported qcow version: ${version}, expected 2 or 3`);
  if (readNumber64(basic, 8) !== 0) throw damaged('it has a backing file, so it is only part of an image');
  if (basic.readUInt32BE(32) !== 0) throw damaged('it is encrypted');
  const clusterBits = basic.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21)
    throw damaged(`invalid cluster size: 2^${clusterBits} bytes, expected 2^9 to 2^21`);
  const compression = version === 2 ? 'zlib' : readCompression(file, 2 ** clusterBits);
  return { version, clusterBits, compression, ...readSizes(basic, clusterBits) };
}

/** Reads the additional fields of version 3. */
function readCompression(file: Bytes, cluster: number): Compression {
  const header = readWhole(file, 'the header of this qcow2', 0, HEADER_3);
  checkFeatures(header);
  const length = header.readUInt32BE(100);
  if (length < HEADER_3 || length > cluster)
    throw damaged(`invalid header size: ${length} bytes, expected ${HEADER_3} to ${cluster}`);
  const hasType = length > HEADER_3;
  const type = hasType ? readWhole(file, 'the header of this qcow2', HEADER_3, 1).readUInt8(0) : 0;
  if (type > 1) throw damaged(`unknown compression type: ${type}`);
  const isSaid = (header.readUInt32BE(76) & FEATURES.compressionType) !== 0;
  if (isSaid !== (type === 1)) throw damaged('its header is inconsistent about the compression of clusters');
  return type === 1 ? 'zstd' : 'zlib';
}

function checkFeatures(header: Buffer): void {
  const [upper, features] = [header.readUInt32BE(72), header.readUInt32BE(76)];
  if ((features & FEATURES.corrupt) !== 0) throw damaged('QEMU has marked it as corrupt');
  if ((features & FEATURES.externalData) !== 0) throw damaged('its data is in another file');
  if ((features & FEATURES.extendedL2) !== 0) throw damaged('it has extended L2 entries, which are not supported');
  if (upper !== 0 || (features & ~KNOWN_FEATURES) !== 0)
    throw damaged(`it has unknown features: ${header.toString('hex', 72, 80)}`);
}

function readSizes(header: Buffer, clusterBits: number): Pick<Qcow2Header, 'size' | 'l1At' | 'l1Entries'> {
  const size = readNumber64(header, 24);
  if (size > LARGEST_DISK) throw damaged(`its disk size of ${size} bytes exceeds 64 TiB`);
  const cluster = 2 ** clusterBits;
  const l1Entries = Math.ceil(size / cluster / (cluster / 8));
  const stated = header.readUInt32BE(36);
  if (stated < l1Entries)
    throw damaged(`its L1 table has ${stated} entries, and a disk of ${size} bytes needs ${l1Entries}`);
  if (l1Entries * 8 > LARGEST_L1)
    throw damaged(`its L1 table would have ${l1Entries * 8} bytes; the limit is ${LARGEST_L1}`);
  const l1At = readNumber64(header, 40);
  if (l1At % cluster !== 0) throw damaged(`its L1 table is at byte ${l1At}, which is not the start of a cluster`);
  return { size, l1At, l1Entries };
}
