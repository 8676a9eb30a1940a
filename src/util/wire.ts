/**
 * The part of the Protocol Buffers wire format that Remote Execution messages require. The writer must not write a default value, so that
 * bytes written in ascending field order are canonical.
 *
 * A field is a varint tag (number << 3 | type) followed by a varint (type 0) or a varint length and that many bytes (type 2).
 */
import { internal } from './failure.ts';

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** Initial capacity in bytes; most messages fit. */
const ROOM = 256;

export class WireWriter {
  #bytes = Buffer.allocUnsafe(ROOM);
  #length = 0;
  #lastField = 0;

  /** Non-negative integers below 2^53; 0 is the default and is left out. */
  integer(field: number, value: number): this {
    if (value === 0) return this;
    this.#tag(field, VARINT);
    this.#varint(value);
    return this;
  }

  boolean(field: number, value: boolean): this {
    return this.integer(field, value ? 1 : 0);
  }

  text(field: number, value: string): this {
    return value === '' ? this : this.#text(field, value);
  }

  /** A repeated string: empty elements are written, too. */
  texts(field: number, values: readonly string[]): this {
    for (const value of values) this.#text(field, value);
    return this;
  }

  /** A nested message, present even when it is empty. */
  message(field: number, encoded: Uint8Array): this {
    const start = this.#lengthDelimited(field, encoded.byteLength);
    this.#bytes.set(encoded, start);
    return this;
  }

  /** A nested message that is written in place: most are short, and a separate writer would cost more than the message. */
  nested(field: number, write: (message: this) => void): this {
    this.#tag(field, LENGTH_DELIMITED);
    const lengthAt = this.#length;
    this.#varint(0);
    const [start, last] = [this.#length, this.#lastField];
    this.#lastField = 0;
    write(this);
    this.#lastField = last;
    const size = this.#length - start;
    const room = varintLength(size);
    if (room > 1) {
      this.#reserve(room - 1);
      this.#bytes.copyWithin(start + room - 1, start, this.#length);
    }
    this.#length = lengthAt;
    this.#varint(size);
    this.#length += size;
    return this;
  }

  /** The writer must not be used afterwards: the result is its buffer. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #text(field: number, value: string): this {
    const start = this.#lengthDelimited(field, Buffer.byteLength(value));
    this.#bytes.write(value, start);
    return this;
  }

  /** Returns the offset for the bytes. */
  #lengthDelimited(field: number, size: number): number {
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint(size);
    const start = this.#length;
    this.#reserve(size);
    this.#length += size;
    return start;
  }

  #tag(field: number, type: number): void {
    if (field < this.#lastField) throw internal(`field ${field} written after field ${this.#lastField}`);
    this.#lastField = field;
    this.#varint(field * 8 + type);
  }

  #varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw internal(`${value} cannot be written as a varint`);
    this.#reserve(8);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
      this.#bytes[this.#length] = (rest % 0x80) | 0x80;
      this.#length += 1;
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
  }

  #reserve(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#bytes.byteLength) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.byteLength * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1;
  return length;
}

export interface WireField {
  readonly field: number;
  /** The value of a varint field, else 0. */
  readonly integer: number;
  /** The bytes of a length-delimited field, else empty. */
  readonly bytes: Uint8Array;
}

/** The fields of a message in their order; undefined if the bytes are not a message. */
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
