/**
 * Protocol Buffers wire format, just what Remote Execution messages need; the writer never emits a default value, so bytes written in
 * ascending field order are canonical.
 *
 * A field is a varint tag (number << 3 | type) followed by a varint (type 0) or a varint length and that many bytes (type 2).
 */
import { internal } from './failure.ts';

const VARINT = 0;
const LENGTH_DELIMITED = 2;

export class WireWriter {
  readonly #chunks: Uint8Array[] = [];
  #lastField = 0;

  /** Non-negative integers below 2^53; 0 is the default and is left out. */
  integer(field: number, value: number): this {
    if (value !== 0) this.#chunks.push(this.#tag(field, VARINT), varint(value));
    return this;
  }

  boolean(field: number, value: boolean): this {
    return this.integer(field, value ? 1 : 0);
  }

  text(field: number, value: string): this {
    if (value !== '') this.#lengthDelimited(field, Buffer.from(value));
    return this;
  }

  /** A repeated string: empty elements are elements, so they are written. */
  texts(field: number, values: readonly string[]): this {
    for (const value of values) this.#lengthDelimited(field, Buffer.from(value));
    return this;
  }

  /** A nested message, present even when it is empty. */
  message(field: number, encoded: Uint8Array): this {
    this.#lengthDelimited(field, encoded);
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  #lengthDelimited(field: number, bytes: Uint8Array): void {
    this.#chunks.push(this.#tag(field, LENGTH_DELIMITED), varint(bytes.byteLength), bytes);
  }

  #tag(field: number, type: number): Uint8Array {
    if (field < this.#lastField) throw internal(`field ${field} written after field ${this.#lastField}`);
    this.#lastField = field;
    return varint(field * 8 + type);
  }
}

export interface WireField {
  readonly field: number;
  /** The value of a varint field, else 0. */
  readonly integer: number;
  /** The bytes of a length-delimited field, else empty. */
  readonly bytes: Uint8Array;
}

/** The fields of a message in the order they stand; undefined if the bytes are not a message. */
export function readWire(bytes: Uint8Array): readonly WireField[] | undefined {
  const fields: WireField[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    const tag = readVarint(bytes, at);
    if (tag === undefined) return undefined;
    const payload = readVarint(bytes, tag.next);
    if (payload === undefined) return undefined;
    const field = Math.floor(tag.value / 8);
    if (field === 0) return undefined;
    if (tag.value % 8 === VARINT) {
      fields.push({ field, integer: payload.value, bytes: new Uint8Array() });
      at = payload.next;
    } else if (tag.value % 8 === LENGTH_DELIMITED) {
      const end = payload.next + payload.value;
      if (end > bytes.byteLength) return undefined;
      fields.push({ field, integer: 0, bytes: bytes.subarray(payload.next, end) });
      at = end;
    } else {
      return undefined;
    }
  }
  return fields;
}

/** Nearly every tag and length is one of these. */
const ONE_BYTE = Array.from({ length: 0x80 }, (_, value) => Uint8Array.of(value));

function varint(value: number): Uint8Array {
  const short = ONE_BYTE[value];
  if (short !== undefined) return short;
  if (!Number.isSafeInteger(value) || value < 0) throw internal(`${value} cannot be written as a varint`);
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function readVarint(bytes: Uint8Array, start: number): { value: number; next: number } | undefined {
  let value = 0;
  let scale = 1;
  for (let at = start; at < bytes.byteLength && at < start + 8; at += 1) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value <= Number.MAX_SAFE_INTEGER ? { value, next: at + 1 } : undefined;
    scale *= 0x80;
  }
  return undefined;
}
