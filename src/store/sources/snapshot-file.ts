/**
 * The bytes of a snapshot: one file that is read in one go, whatever the size of the graph, by code that runs once and so is never fast.
 * What was cut short or written by another version is no snapshot. Little-endian, as all machines are that aib runs on:
 *
 *     0   8 bytes       "aibnull" and the version of this format
 *     8   uint32        checksum of the JSON
 *     12  uint32        n, the number of files
 *     16  n × 4 × f64   their inodes, sizes, mtimes and ctimes as numbers
 *         UTF-8         their n paths, each followed by a NUL, then JSON: {command, others: [[path, tuple], …], result}
 *
 * `others` are the paths whose tuples numbers cannot hold: most often, that nothing is there. Rows and paths need no checksum: damaged, they
 * speak of files that are not so.
 */
import { ROW, type StatTuple, statNumbers } from '../content/stat-tuple.ts';

const MAGIC = 'aibnull\u0003';
const HEADER = 16;
const ROW_BYTES = ROW * Float64Array.BYTES_PER_ELEMENT;

export interface SnapshotContents {
  /** Everything that was asked for. */
  readonly command: readonly string[];
  readonly files: ReadonlyMap<string, StatTuple>;
  /** What comes of it; plain JSON. */
  readonly result: unknown;
}

export interface SnapshotView extends Omit<SnapshotContents, 'files'> {
  readonly paths: readonly string[];
  /** One row for each path, one after the other. */
  readonly rows: Float64Array;
  readonly others: readonly (readonly [path: string, tuple: string])[];
}

export function encodeSnapshot({ command, files, result }: SnapshotContents): Uint8Array {
  const paths: string[] = [];
  const rows: number[] = [];
  const others: [string, StatTuple][] = [];
  for (const [path, tuple] of files) {
    const numbers = statNumbers(tuple);
    if (numbers === undefined) {
      others.push([path, tuple]);
    } else {
      paths.push(path);
      rows.push(...numbers);
    }
  }
  const json = JSON.stringify({ command, others, result });
  const header = Buffer.alloc(HEADER);
  header.write(MAGIC, 'latin1');
  header.writeUInt32LE(checksum(json), 8);
  header.writeUInt32LE(paths.length, 12);
  const numbers = Float64Array.from(rows);
  return Buffer.concat([header, new Uint8Array(numbers.buffer), Buffer.from([...paths, json].join('\0'))]);
}

/** Undefined or an error for anything but a snapshot of this format. */
export function decodeSnapshot(bytes: Buffer): SnapshotView | undefined {
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const count = bytes.readUInt32LE(12);
  const end = HEADER + count * ROW_BYTES;
  const paths = bytes.toString('utf8', end).split('\0');
  const json = paths.pop() ?? '';
  if (paths.length !== count || bytes.readUInt32LE(8) !== checksum(json)) return undefined;
  const { command, others, result } = JSON.parse(json) as Pick<SnapshotView, 'command' | 'others' | 'result'>;
  const rows = new Float64Array(bytes.buffer.slice(bytes.byteOffset + HEADER, bytes.byteOffset + end));
  return { command, paths, rows, others, result };
}

/** FNV-1a over UTF-16 units. Each step is a bijection, so no change of a single one can stay unseen. */
function checksum(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
