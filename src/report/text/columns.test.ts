import { expect, test } from 'vitest';
import { columns, visibleWidth } from './columns.ts';

test('cells of a column start at the same place, and no line ends with spaces', () => {
  const rows = [
    ['label', 'kind', 'size'],
    ['//iso/3.20/x86_64', 'iso', ''],
    ['//a', 'firmware', '3 B'],
  ];
  expect(columns(rows)).toEqual([
    'label              kind      size',
    '//iso/3.20/x86_64  iso',
    '//a                firmware  3 B',
  ]);
});

test('numbers can stand at the right, also in the last column', () => {
  const rows = [
    ['a', '1', '10.5 s'],
    ['b', '100', '3 s'],
  ];
  expect(columns(rows, { right: [1, 2], gap: 1 })).toEqual(['a   1 10.5 s', 'b 100    3 s']);
});

test('colours take no room', () => {
  const red = '\x1b[31mno\x1b[39m';
  expect(visibleWidth(red)).toBe(2);
  expect(
    columns([
      [red, 'x'],
      ['yes', 'y'],
    ]),
  ).toEqual([`${red}   x`, 'yes  y']);
});

test('rows of different length and no rows at all are tables too', () => {
  expect(columns([])).toEqual([]);
  expect(columns([['a'], ['bb', 'c'], []])).toEqual(['a', 'bb  c', '']);
});
