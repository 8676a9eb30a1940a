import { expect, test } from 'vitest';
import { parseSize } from './option-values.ts';

test.each([
  ['20G', 20 * 1024 ** 3],
  ['20GiB', 20 * 1024 ** 3],
  ['1.5T', 1.5 * 1024 ** 4],
  ['500m', 500 * 1024 ** 2],
  ['4 KB', 4_096],
  ['0', 0],
  ['1048576', 1_048_576],
  ['unlimited', Number.POSITIVE_INFINITY],
])('%s is a size', (text, bytes) => {
  expect(parseSize(text, 'here')).toEqual({ ok: true, value: bytes });
});

test.each(['', 'lots', '-1', '20X', '1.2.3', '20 G G'])('%j is none, and is said to be', text => {
  expect(parseSize(text, 'here')).toMatchObject({ ok: false, error: { where: 'here', got: text } });
});
