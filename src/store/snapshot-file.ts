/**
 * The bytes of a snapshot: one file that is read in one go, whatever the size of the graph. What was cut short, damaged, or written by
 * another version is no snapshot. Little-endian:
 *
 *     0   8 bytes     "aibnull" and the version of this format
 *     8   uint32      checksum of all that follows
 *     12  uint32      n, the number of files
 *     16  n × 4 × f64  their inodes, sizes, mtimes and ctimes as numbers
 *         UTF-8       their n paths, each followed by a NUL, then JSON: {command, others: [path, tuple, …], result}
 *
 * `others` are the paths whose tuples numbers cannot hold: most often, that nothing is there.
 */
import { type StatNumbers, type StatTuple, statNumbers } from './stat-tuple.ts';

const MAGIC = 'aibnull\u0003';
const HEADER = 16;
const ROW = 32;

export interface SnapshotContents {
  /** Everything that was asked for. */
  readonly command: readonly string[];
  readonly files: ReadonlyMap<string, StatTuple>;
  /** What comes of it; plain JSON. */
  readonly result: unknown;
}

export interface SnapshotView extends Omit<SnapshotContents, 'files'> {
  readonly paths: readonly string[];
  /** Of the path with this index. */
  readonly numbers: (index: number) => StatNumbers;
  readonly others: readonly (readonly [path: string, tuple: string])[];
}

export function encodeSnapshot({ command, files, result }: SnapshotContents): Buffer {
  const paths: string[] = [];
  const rows: StatNumbers[] = [];
  const others: [string, StatTuple][] = [];
  for (const [path, tuple] of files) {
    const numbers = statNumbers(tuple);
    if (numbers === undefined) {
      others.push([path, tuple]);
    } else {
      paths.push(path);
      rows.push(numbers);
    }
  }
  const text = Buffer.from([...paths, JSON.stringify({ command, others, result })].join('\0'));
  const bytes = Buffer.alloc(HEADER + rows.length * ROW + text.byteLength);
  bytes.write(MAGIC, 'latin1');
  bytes.writeUInt32LE(rows.length, 12);
  let offset = HEADER;
  for (const row of rows) for (const number of row) offset = bytes.writeDoubleLE(number, offset);
  text.copy(bytes, offset);
  bytes.writeUInt32LE(checksum(viewOf(bytes)), 8);
  return bytes;
}

/** Undefined for anything but a whole snapshot of this format. */
export function decodeSnapshot(bytes: Buffer): SnapshotView | undefined {
  if (bytes.byteLength < HEADER || bytes.toString('latin1', 0, 8) !== MAGIC) return undefined;
  const view = viewOf(bytes);
  if (view.getUint32(8, true) !== checksum(view)) return undefined;
  const count = view.getUint32(12, true);
  const paths = bytes.toString('utf8', HEADER + count * ROW).split('\0');
  const { command, others, result } = JSON.parse(paths.pop() ?? '') as Pick<
    SnapshotView,
    'command' | 'others' | 'result'
  >;
  const numbers = (index: number): StatNumbers => {
    const at = HEADER + index * ROW;
    const [inode, size] = [view.getFloat64(at, true), view.getFloat64(at + 8, true)];
    return [inode, size, view.getFloat64(at + 16, true), view.getFloat64(at + 24, true)];
  };
  return { command, paths, numbers, others, result };
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** FNV-1a over words of four bytes and the few bytes left. Each step is a bijection, so no change of a single word can stay unseen. */
function checksum(view: DataView): number {
  let hash = 0x811c9dc5;
  let offset = 12;
  for (; offset + 4 <= view.byteLength; offset += 4) hash = Math.imul(hash ^ view.getInt32(offset, true), 0x01000193);
  for (; offset < view.byteLength; offset += 1) hash = Math.imul(hash ^ view.getUint8(offset), 0x01000193);
  return hash >>> 0;
}
