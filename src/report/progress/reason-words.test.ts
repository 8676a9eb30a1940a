import { expect, test } from 'vitest';
import { ReasonWords } from './reason-words.ts';

const LONG = 'input scripts/setup-tiny and the setting kernel_options changed';

test('a long reason is printed once, until another one comes between', () => {
  const words = new ReasonWords();
  expect([LONG, LONG, LONG, 'never built here', LONG].map(reason => words.of(reason))).toEqual([
    `because ${LONG}`,
    'for the same reason',
    'for the same reason',
    'because never built here',
    `because ${LONG}`,
  ]);
});

test('a short reason is repeated, because it reads faster than a reference', () => {
  const words = new ReasonWords();
  expect(['never built here', 'never built here'].map(reason => words.of(reason))).toEqual([
    'because never built here',
    'because never built here',
  ]);
});
