import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFailureCode } from '../../util/failure-table.ts';
import { LastWords } from './last-words.ts';
import { cutLines } from './line-splitter.ts';

function cut(chunks: readonly string[]) {
  const logged: string[] = [];
  const lines: string[] = [];
  const cutter = cutLines(
    text => logged.push(text),
    line => lines.push(line),
  );
  for (const chunk of chunks) cutter.add(chunk);
  cutter.end();
  return { logged, lines };
}

test('lines are the same however the text comes in', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a\n]{0,5}$/), { maxLength: 20 }), chunks => {
      const whole = chunks.join('');
      const { logged, lines } = cut(chunks);
      expect(logged.join('')).toBe(whole === '' || whole.endsWith('\n') ? whole : `${whole}\n`);
      expect(lines).toEqual(
        whole.endsWith('\n') ? whole.slice(0, -1).split('\n') : whole === '' ? [] : whole.split('\n'),
      );
    }),
  );
});

test('many lines are logged with one write, so that the log costs little', () => {
  expect(cut(['a\nb\nc\nd'])).toEqual({ logged: ['a\nb\nc\n', 'd\n'], lines: ['a', 'b', 'c', 'd'] });
});

test('a line without end does not pile up, and is in the log whole', () => {
  const chunk = 'x'.repeat(50_000);
  const { logged, lines } = cut(Array.from({ length: 40 }, () => chunk));
  expect(logged.join('') === `${chunk.repeat(40)}\n`).toBe(true);
  expect(Math.max(...logged.map(text => text.length))).toBeLessThan(200_000);
  expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(2_001);
});

test('the last words are the last lines, but a name for the failure is kept however much follows', () => {
  const words = new LastWords();
  words.add('aib: [AIB_DISK_TOO_SMALL] The disk is too small');
  words.add('aib-try: image.size = 2G');
  for (let index = 0; index < 100; index += 1) words.add(`line ${index}`);
  words.add('aib: [AIB_GUEST] A consequence');
  const failure = words.failure();
  expect(failure).toMatchObject({ code: 'AIB_DISK_TOO_SMALL', what: 'The disk is too small', hint: 'image.size = 2G' });
  expect(failure?.output).toHaveLength(30);
  expect(failure?.output?.at(-2)).toBe('line 99');
});

test('a code that aib does not know is that of a failed command; what the program said of it is kept', () => {
  const words = new LastWords();
  words.add('aib: [AIB_DISK_TO_SMALL] The disk is too small');
  words.add('aib-try: image.size = 2G');
  words.add('32 MiB');
  expect(words.failure()).toEqual({
    code: 'AIB_COMMAND_FAILED',
    what: 'The disk is too small',
    got: 'unknown code: AIB_DISK_TO_SMALL',
    hint: 'image.size = 2G',
    output: ['32 MiB'],
  });
});

test.each(['toString', '__proto__', 'constructor'])('%s is no code', name => {
  expect(isFailureCode(name)).toBe(false);
});

test('without a name there is no failure to tell of, only lines', () => {
  const words = new LastWords();
  words.add('boom');
  expect([words.failure(), words.lines]).toEqual([undefined, ['boom']]);
});
