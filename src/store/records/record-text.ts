/** The text of a record, in a row and in a file. Never accepts a text that differs from what was written. */
import { crc32 } from 'node:zlib';
import { isDigest, type Sha256 } from '../content/digest.ts';
import type { ActionRecord } from './action-record.ts';

const PROPERTIES: ReadonlySet<string> = new Set(['key', 'label', 'kind', 'outputs', 'parts', 'replaces']);

/** JSON, with a CRC-32 of the rest as its last property, because JSON with a flipped bit may still be valid. */
export function formatRecord(record: ActionRecord): string {
  const json = JSON.stringify(record);
  return `${json.slice(0, -1)},"crc":${crc32(json)}}`;
}

/** Undefined for a record that is incomplete after a power failure, or damaged: its node is built again. */
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

/** For a text without a check: true only if it is a valid record of the first schema. */
function isWhole(record: Partial<ActionRecord>): boolean {
  return (
    // An unknown property can be a damaged check.
    Object.keys(record).every(name => PROPERTIES.has(name)) &&
    typeof record.label === 'string' &&
    typeof record.kind === 'string' &&
    'parts' in record &&
    Array.isArray(record.parts) &&
    typeof record.outputs === 'object' &&
    Object.values(record.outputs).every(({ digest, path }) => isDigest(digest) && typeof path === 'string')
  );
}

/** The JSON; empty if its check fails. */
function withoutCheck(text: string): { readonly json: string; readonly isChecked: boolean } {
  const end = /,"crc":(\d+)\}$/.exec(text);
  if (end === null) return { json: text, isChecked: false };
  const json = `${text.slice(0, end.index)}}`;
  return { json: crc32(json) === Number(end[1]) ? json : '', isChecked: true };
}
