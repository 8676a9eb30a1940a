import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareUtf8 } from './bytes.ts';

/** Any UTF-16, halves of pairs without the other half among them, and long common beginnings. */
const texts = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', '\u{1f600}', '\ud83d', '\ude00', '\uffff', '\ud7ff'),
    fc.string({ unit: 'binary', maxLength: 1 }),
  ),
});

test('two texts are in the order of their UTF-8 bytes', () => {
  fc.assert(
    fc.property(texts, texts, texts, (start, a, b) => {
      for (const [one, other] of [
        [a, b],
        [start + a, start + b],
        [start, start + a],
      ] as const) {
        const order = Buffer.compare(Buffer.from(one), Buffer.from(other));
        // A lone half is written as U+FFFD, so that different texts may have the same bytes; then their lengths decide.
        if (order !== 0 || one === other) expect(compareUtf8(one, other)).toBe(order);
        expect(Math.sign(compareUtf8(one, other) + compareUtf8(other, one))).toBe(0);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('astral characters come after all others, though UTF-16 has them before some', () => {
  expect(['\uffff', '\u{1f600}', 'z'].sort(compareUtf8)).toEqual(['z', '\uffff', '\u{1f600}']);
  expect(['\uffff', '\u{1f600}', 'z'].sort()).toEqual(['z', '\u{1f600}', '\uffff']);
});
