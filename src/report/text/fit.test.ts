import fc from 'fast-check';
import { expect, test } from 'vitest';
import { elideAround, elideEnd, elideMiddle, oneLine, visibleControls, withoutControls } from './fit.ts';

test('a label that is too wide loses its middle', () => {
  expect(elideMiddle('//aws/x86_64/uefi/tiny@3.20:disk', 17)).toBe('//aws/x8….20:disk');
});

test('elided text is never wider than asked for, and text that fits is left alone', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
      fc.integer({ min: -2, max: 45 }),
      fc.nat({ max: 45 }),
      (text, width, place) => {
        for (const elided of [elideMiddle(text, width), elideEnd(text, width), elideAround(text, place, width)]) {
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

test('what stands at a place of a long text stays', () => {
  expect(elideAround('0123456789', 0, 5)).toBe('0123…');
  expect(elideAround('0123456789', 5, 5)).toBe('…456…');
  expect(elideAround('0123456789', 10, 5)).toBe('…6789');
});

test('characters that cannot be seen can be told apart, and do nothing', () => {
  expect(visibleControls('größe\r\x1b[2J\t\x9b')).toBe('größe\\r\\x1b[2J\t\\x9b');
});
