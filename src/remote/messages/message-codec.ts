/**
 * Encodes and decodes Protocol Buffers messages from tables of their fields. The encoding is canonical, because digests are computed from it:
 * fields in ascending order, no default values, no unknown fields.
 */
import { readWire, type WireField, WireWriter } from '../../util/wire.ts';

/** A field: its number, and how its value is written. */
type Field =
  | { readonly type: 'text' | 'texts' | 'integer' | 'boolean' | 'bytes'; readonly number: number }
  | { readonly type: 'message' | 'messages'; readonly number: number; readonly of: Shape };

/** A message type: its fields by name. */
export type Shape = Readonly<Record<string, Field>>;

/** A message of the type. A field with its default value is left out, so it is undefined after decoding. */
export type Message<S extends Shape> = { readonly [Name in keyof S]?: ValueOf<S[Name]> };

type ValueOf<F> = F extends { readonly type: 'messages'; readonly of: infer S extends Shape }
  ? readonly Message<S>[]
  : F extends { readonly type: 'message'; readonly of: infer S extends Shape }
    ? Message<S>
    : F extends { readonly type: keyof Values }
      ? Values[F['type']]
      : never;

interface Values {
  readonly text: string;
  readonly texts: readonly string[];
  readonly integer: number;
  readonly boolean: boolean;
  readonly bytes: Uint8Array;
}

export function encodeMessage<S extends Shape>(shape: S, message: Message<S>): Buffer {
  const writer = new WireWriter();
  const fields = Object.entries(shape).sort(([, a], [, b]) => a.number - b.number);
  for (const [name, field] of fields) {
    const value: unknown = message[name];
    if (value !== undefined) write(writer, field, value);
  }
  return writer.finish();
}

/** Fields that are not in the table are dropped. Undefined if the bytes are not a message, or if a single field occurs twice. */
export function decodeMessage<S extends Shape>(shape: S, bytes: Uint8Array): Message<S> | undefined {
  const wire = readWire(bytes);
  if (wire === undefined) return undefined;
  const message: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(shape)) {
    const found = wire.filter(({ field: number }) => number === field.number);
    if (found.length === 0) continue;
    const value = read(field, found);
    if (value === undefined) return undefined;
    message[name] = value;
  }
  return message as Message<S>;
}

function write(writer: WireWriter, field: Field, value: unknown): void {
  const { number } = field;
  switch (field.type) {
    case 'text':
      writer.text(number, value as string);
      return;
    case 'texts':
      writer.texts(number, value as readonly string[]);
      return;
    case 'integer':
      writer.integer(number, value as number);
      return;
    case 'boolean':
      writer.boolean(number, value as boolean);
      return;
    case 'bytes':
      if ((value as Uint8Array).byteLength > 0) writer.message(number, value as Uint8Array);
      return;
    case 'message':
      writer.message(number, encodeMessage(field.of, value as Message<Shape>));
      return;
    case 'messages':
      for (const each of value as readonly Message<Shape>[]) writer.message(number, encodeMessage(field.of, each));
      return;
    default:
      field satisfies never;
  }
}

/** Undefined if a value is invalid. */
function read(field: Field, found: readonly WireField[]): unknown {
  if (field.type === 'texts') return allOf(found, ({ bytes }) => textOf(bytes));
  if (field.type === 'messages') return allOf(found, ({ bytes }) => decodeMessage(field.of, bytes));
  const [only] = found;
  if (only === undefined || found.length > 1) return undefined;
  switch (field.type) {
    case 'text':
      return textOf(only.bytes);
    case 'integer':
      return only.integer;
    case 'boolean':
      return only.integer !== 0;
    case 'bytes':
      return only.bytes;
    case 'message':
      return decodeMessage(field.of, only.bytes);
  }
}

function allOf<T>(found: readonly WireField[], decode: (field: WireField) => T | undefined): readonly T[] | undefined {
  const values = found.flatMap(each => decode(each) ?? []);
  return values.length === found.length ? values : undefined;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}
