import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MOST_BYTES, readStrictJson } from './strict-json.ts';

function faultOf(text: string | Uint8Array): string | undefined {
  const read = readStrictJson(typeof text === 'string' ? Buffer.from(text) : text);
  return read.ok ? undefined : read.error;
}

test('what JSON.stringify writes is read as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), value => {
      const read = readStrictJson(Buffer.from(JSON.stringify(value)));
      expect(read.ok && JSON.stringify(read.value.value)).toBe(JSON.stringify(value));
    }),
  );
});

test.each([
  ['{"a":1,"b":{"a":2},"a":3}', '"a"'],
  ['[{"a":1,"\\u0061":2}]', '"\\u0061"'],
  ['{"x":[{"__proto__":1,"__proto__":2}]}', '"__proto__"'],
])('%s has a name twice', (text, name) => {
  expect(faultOf(text)).toBe(`JSON with the name ${name} twice in one object`);
});

test.each([
  '{"a":{"a":1},"b":["a",{"a":2}]}',
  '["a","a:","\\"a\\":"]',
  '{"a":"{\\"a\\":1,\\"a\\":2}"}',
  '{"":"","a":"\\\\"}',
])('%s has no name twice', text => {
  expect(faultOf(text)).toBeUndefined();
});

test('what is deep, large, no text or no JSON is told in words, and costs no stack', () => {
  expect(faultOf('['.repeat(1_000_000))).toBe('nested deeper than 64 levels');
  expect(faultOf('{"a":'.repeat(100_000))).toBe('nested deeper than 64 levels');
  expect(faultOf(Buffer.alloc(MOST_BYTES + 1, 32))).toBe('larger than 16 MiB');
  expect(faultOf(Buffer.from([0x22, 0xff, 0x22]))).toBe('not text in UTF-8');
  for (const text of ['', '{', '"', '"\\', '{"a"}', '\ufeff{}', '{"a":1}x'])
    expect(faultOf(text)).toBe('not valid JSON');
});
