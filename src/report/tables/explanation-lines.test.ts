import { expect, test } from 'vitest';
import type { Cause, FileChange } from '../../query/why/explanation.ts';
import { explanationLines } from './explanation-lines.ts';

function allLines(cause: Cause): readonly string[] {
  const explanation = { label: '//x', kind: 'x', verdict: 'runs', reason: 'it changed', causes: [cause] } as const;
  return explanationLines(explanation, { folder: '/work' });
}

function linesOf(cause: Cause): readonly string[] {
  return allLines(cause)
    .map(line => line.trimStart())
    .filter(line => /^[-+]/.test(line));
}

function parameter(before: string, after: string): Cause {
  const list = { added: [], removed: [], reordered: false, places: [] };
  return { type: 'parameter', name: 'MOTD', words: 'the message', before, after, ...list };
}

function file(...diff: readonly string[]): Cause {
  const change: FileChange = { path: '/work/a', change: 'text', lines: [{ from: 1, to: 1 }], diff };
  return { type: 'input', input: 'a', change: 'content', files: [change] };
}

test('of long values the part is shown in which they differ', () => {
  const [head, tail] = ['h'.repeat(500), 't'.repeat(500)];
  const [before = '', after = ''] = linesOf(parameter(`${head}one${tail}`, `${head}two${tail}`));
  expect(before).toContain('hhonett');
  expect(after).toContain('hhtwott');
  expect(before.length).toBeLessThan(130);
});

test('values that differ in an empty line alone do not look the same', () => {
  expect(linesOf(parameter('a\nb', 'a\n\nb'))).toEqual(['- a\\nb', '+ a\\n\\nb']);
});

test('a value that is empty now can be seen', () => {
  expect(linesOf(parameter('pool', ''))).toEqual(['- pool', '+ (empty)']);
});

test('lines of a file that differ in characters that cannot be seen do not look the same', () => {
  expect(linesOf(file('-one', '+one\r'))).toEqual(['-one', '+one\\r']);
});

test('of a file with a line of endless length the part is shown in which it differs, and no more', () => {
  const long = 'x'.repeat(100_000);
  const [before = '', after = ''] = linesOf(file(`-${long}a`, `+${long}b`));
  expect(before).toMatch(/^-…x+a$/);
  expect(after).toMatch(/^\+…x+b$/);
  expect(after.length).toBeLessThan(130);
});

test('the name of a file can do nothing to a terminal, and of very many files some are named', () => {
  const files = Array.from({ length: 500 }, (_, number): FileChange => {
    return { path: `/work/a/\x1b[2J${number}`, change: 'added', lines: [], diff: [] };
  });
  const lines = allLines({ type: 'input', input: 'a', change: 'content', files });
  expect(lines).toHaveLength(23);
  expect(lines[2]).toBe('    a/\\x1b[2J0 is new');
  expect(lines.at(-1)).toBe('    and 480 more files');
});
