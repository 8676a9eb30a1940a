import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textChange } from './text-change.ts';

const numbered = (count: number, mark: string): string =>
  Array.from({ length: count }, (_, line) => `${line}${mark}\n`).join('');

test('lines are named as they are counted in the new text, and lines that went by the one behind them', async () => {
  expect(await textChange('a\nb\nc\nd\n', 'a\nB\nc\nd\ne\n')).toEqual({
    lines: [
      { from: 2, to: 2 },
      { from: 5, to: 5 },
    ],
    diff: ['-b', '+B', '+e'],
  });
  expect(await textChange('a\nb\nc\n', 'a\nc\n')).toEqual({ lines: [{ from: 2, to: 2 }], diff: ['-b'] });
});

test('a text that lost the end of its last line differs in nothing else, and says so', async () => {
  const { diff } = await textChange('a\nb\n', 'a\nb');
  expect(diff).toEqual(['-b', '+b', '\\ No newline at end of file']);
});

// Takes hours if each line is searched in the other text.
test('texts of many lines that have nothing in common are compared in no time', async () => {
  const { lines, diff } = await textChange(
    `head\n${numbered(200_000, 'a')}tail\n`,
    `head\n${numbered(200_000, 'b')}tail\n`,
  );
  expect(lines).toEqual([{ from: 2, to: 200_001 }]);
  expect(diff.slice(0, 2)).toEqual(['-0a', '-1a']);
  expect(diff.at(-1)).toBe('… 399988 more');
});

test('any two texts that differ have a difference, at lines that are there or just behind the end', async () => {
  const text = fc.array(fc.constantFrom('a', 'b', '\n', '\r'), { maxLength: 12 }).map(parts => parts.join(''));
  await fc.assert(
    fc.asyncProperty(text, text, async (before, after) => {
      fc.pre(before !== after);
      const { lines, diff } = await textChange(before, after);
      expect(diff).not.toEqual([]);
      for (const { from, to } of lines) {
        expect(from).toBeLessThanOrEqual(to);
        expect(to).toBeLessThanOrEqual(after.split('\n').length + 1);
      }
    }),
  );
});
