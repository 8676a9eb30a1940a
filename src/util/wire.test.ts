import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readWire, WireWriter } from './wire.ts';

const hex = (writer: WireWriter): string => writer.finish().toString('hex');

describe('the writer', () => {
  test('writes the bytes that the specification gives as its examples', () => {
    expect(hex(new WireWriter().integer(1, 150))).toBe('089601');
    expect(hex(new WireWriter().text(2, 'testing'))).toBe('120774657374696e67');
    expect(hex(new WireWriter().message(3, new WireWriter().integer(1, 150).finish()))).toBe('1a03089601');
  });

  test('writes nested messages in their place as it does those that were written before, of any length and depth', () => {
    const text = fc.string({ maxLength: 400 });
    fc.assert(
      fc.property(text, text, text, (before, inner, after) => {
        const innermost = new WireWriter().text(1, inner).finish();
        const message = new WireWriter().text(1, before).message(2, innermost).text(3, after).finish();
        const apart = new WireWriter().text(4, after).message(5, message).integer(6, 300);
        const inPlace = new WireWriter().text(4, after).nested(5, outer => {
          outer.text(1, before).nested(2, deeper => void deeper.text(1, inner));
          outer.text(3, after);
        });
        expect(hex(inPlace.integer(6, 300))).toBe(hex(apart));
      }),
    );
    expect(hex(new WireWriter().nested(1, () => {}))).toBe('0a00');
  });

  test('leaves out defaults, but neither empty elements nor empty messages', () => {
    expect(hex(new WireWriter().integer(1, 0).boolean(2, false).text(3, ''))).toBe('');
    expect(hex(new WireWriter().texts(1, ['', 'a', '']))).toBe('0a000a01610a00');
    expect(hex(new WireWriter().message(1, new Uint8Array()))).toBe('0a00');
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses %d, which no varint of ours can hold', value => {
    expect(() => new WireWriter().integer(1, value)).toThrow('Internal error');
  });

  test('refuses fields out of order, for the bytes would not be canonical', () => {
    expect(() => new WireWriter().text(2, 'a').text(1, 'b')).toThrow('Internal error');
    expect(() => new WireWriter().nested(2, inner => inner.text(9, 'a')).text(1, 'b')).toThrow('Internal error');
  });
});

describe('the reader', () => {
  const field = fc.oneof(
    fc.record({ integer: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }) }),
    fc.record({ bytes: fc.uint8Array({ maxLength: 300 }) }),
  );

  const write = (values: readonly ({ integer: number } | { bytes: Uint8Array })[]): Buffer => {
    const writer = new WireWriter();
    for (const [index, value] of values.entries()) {
      if ('integer' in value) writer.integer(index + 1, value.integer);
      else writer.message(index + 1, value.bytes);
    }
    return writer.finish();
  };

  test('gives back what was written', () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 40 }), values => {
        const read = readWire(write(values));
        expect(read?.map(({ field: number }) => number)).toEqual(values.map((_, index) => index + 1));
        for (const [index, value] of values.entries()) {
          if ('integer' in value) expect(read?.[index]?.integer).toBe(value.integer);
          else expect(Buffer.from(read?.[index]?.bytes ?? []).equals(value.bytes)).toBe(true);
        }
      }),
    );
  });

  test('never takes a message cut within its last field for a whole one', () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 5 }), field, fc.nat(), (values, last, cut) => {
        const start = write(values).byteLength;
        const bytes = write([...values, last]);
        const end = start + 1 + (cut % (bytes.byteLength - start - 1));
        expect(readWire(bytes.subarray(0, end))).toBeUndefined();
      }),
    );
  });

  test.each([
    ['field 0', '0001'],
    ['a fixed64 field, which no message of ours has', '090000000000000000'],
    ['a varint that never ends', '08ffffffffffffffffff'],
    ['a varint beyond what a number holds exactly', '08ffffffffffffff7f'],
    ['a length beyond the end', '0a0561'],
  ])('refuses %s', (_, bytes) => {
    expect(readWire(Buffer.from(bytes, 'hex'))).toBeUndefined();
  });

  test('survives any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), bytes => void readWire(bytes)));
  });
});
