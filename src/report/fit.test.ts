import fc from 'fast-check';
import { expect, test } from 'vitest';
import { elideEnd, elideMiddle, oneLine, withoutControls } from './fit.ts';

test('a label that is too wide loses its middle', () => {
  expect(elideMiddle('//aws/x86_64/uefi/tiny@3.20:disk', 17)).toBe('//aws/x8….20:disk');
});

test('elided text is never wider than asked for, and text that fits is left alone', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
      fc.integer({ min: -2, max: 45 }),
      (text, width) => {
        for (const elided of [elideMiddle(text, width), elideEnd(text, width)]) {
          expect(elided.length).toBe(Math.min(text.length, Math.max(0, width)));
          if (text.length <= width) expect(elided).toBe(text);
          else if (width > 0) expect(elided).toContain('…');
        }
      },
    ),
  );
});

test('words from elsewhere become one line of printable ASCII', () => {
  expect(oneLine(' 12%\r\n\x1b[2Jdone\tnow \x07')).toBe('12% done now ?');
  expect(oneLine('größe 😀')).toBe('gr??e ?');
});

test('a foreign line keeps its letters and loses what could move the cursor', () => {
  expect(withoutControls('\x1b[31mgröße\x1b[0m\r\tx\x9b2J')).toBe('größe\tx');
});
