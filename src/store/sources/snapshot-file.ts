/**
 * The byte format of a snapshot: one file, read at once, and quick to decode by code that runs only once and is therefore not optimized.
 * A truncated file, or a file of another version, is never accepted. Little-endian, as all machines are that aib runs on:
 *
 *     0   8 bytes       "aibnull" and the version of this format
 *     8   uint32        checksum of the JSON
 *     12  uint32        n, the number of files
 *     16  n × 4 × f64   their inodes, sizes, mtimes and ctimes as numbers
 *         UTF-8         their n paths, each followed by a NUL, then JSON: {command, others: [[path, tuple], …], result}
 *
 * `others` are the paths with tuples that numbers cannot express, mostly because nothing exists there. Rows and paths need no checksum: if
 * they are damaged, they do not match the files.
 */
import { ROW, type StatTuple, statNumbers } from '../content/stat-tuple.ts';

const MAGIC = 'aibnull\u0003';
const HEADER = 16;
const ROW_BYTES = ROW * Float64Array.BYTES_PER_ELEMENT;

export interface SnapshotContents {
  /** The whole command. */
  readonly command: readonly string[];
  readonly files: ReadonlyMap<string, StatTuple>;
  /** Its result; plain JSON. */
  readonly result: unknown;
}

export interface SnapshotView extends Omit<SnapshotContents, 'files'> {
  readonly paths: readonly string[];
  /** The rows of all paths, one after the other. */
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

/** Returns undefined or throws for anything that is not a snapshot of this format. */
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

/** FNV-1a over UTF-16 units. Each step is a bijection, so every change of a single unit is detected. */
function checksum(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
