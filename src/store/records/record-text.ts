/** A record as it is written, in a row as in a file: never taken for one unless it is just what was written. */
import { crc32 } from 'node:zlib';
import { isDigest, type Sha256 } from '../content/digest.ts';
import type { ActionRecord } from './action-record.ts';

const PROPERTIES: ReadonlySet<string> = new Set(['key', 'label', 'kind', 'outputs', 'parts', 'replaces']);

/** JSON, with a CRC-32 of the rest as its last property: a flipped bit may leave JSON that is as good as any. */
export function formatRecord(record: ActionRecord): string {
  const json = JSON.stringify(record);
  return `${json.slice(0, -1)},"crc":${crc32(json)}}`;
}

/** Undefined for a record cut short by a power failure or damaged since: it is no record, and its node is built again. */
export function parseRecord(text: string, key: Sha256): ActionRecord | undefined {
  const { json, isChecked } = withoutCheck(text);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const record = value as Partial<ActionRecord>;
  return record.key === key && (isChecked || isWhole(record)) ? (record as ActionRecord) : undefined;
}

/** Of a record of the first schema, which has no check: true if it is one, and nothing else. */
function isWhole(record: Partial<ActionRecord>): boolean {
  return (
    // Another property is what is left of a damaged check.
    Object.keys(record).every(name => PROPERTIES.has(name)) &&
    typeof record.label === 'string' &&
    typeof record.kind === 'string' &&
    'parts' in record &&
    Array.isArray(record.parts) &&
    typeof record.outputs === 'object' &&
    Object.values(record.outputs).every(({ digest, path }) => isDigest(digest) && typeof path === 'string')
  );
}

/** The JSON, empty if it is not what was written. */
function withoutCheck(text: string): { readonly json: string; readonly isChecked: boolean } {
  const end = /,"crc":(\d+)\}$/.exec(text);
  if (end === null) return { json: text, isChecked: false };
  const json = `${text.slice(0, end.index)}}`;
  return { json: crc32(json) === Number(end[1]) ? json : '', isChecked: true };
}
