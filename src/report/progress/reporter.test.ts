import { expect, test } from 'vitest';
import { FAILING, NOTHING_TO_DO, stage } from './example-build.ts';
import type { Output } from './reporter-contract.ts';

/** What a reporter writes of a failing build. */
function written(
  mode: 'auto' | 'plain' | 'json' | 'quiet',
  out: Partial<Output>,
  env: Record<string, string> = {},
): string {
  const texts: string[] = [];
  const { play, reporter } = stage(mode, { ...out, write: text => texts.push(text) }, { env });
  play(FAILING);
  reporter.close();
  return texts.join('');
}

const HIDE_CURSOR = '\x1b[?25l';
const TERMINAL = { isTTY: true, columns: 80, rows: 24 };

test('a status region is drawn only where somebody watches', () => {
  expect(written('auto', TERMINAL)).toContain(HIDE_CURSOR);
  expect(written('auto', TERMINAL, { CI: '' })).toContain(HIDE_CURSOR);
  expect(written('auto', {})).not.toContain('\x1b');
  expect(written('auto', TERMINAL, { CI: 'true' })).not.toContain(HIDE_CURSOR);
  expect(written('auto', TERMINAL, { TERM: 'dumb' })).not.toContain('\x1b');
});

test('colours are for terminals, and NO_COLOR takes them away', () => {
  const red = '\x1b[31mfailed';
  expect(written('plain', TERMINAL)).toContain(red);
  expect(written('plain', TERMINAL, { NO_COLOR: '' })).toContain(red);
  expect(written('plain', TERMINAL, { NO_COLOR: '1', FORCE_COLOR: '1' })).not.toContain('\x1b');
  expect(written('plain', {})).not.toContain('\x1b');
  expect(written('plain', {}, { FORCE_COLOR: '1' })).toContain(red);
  expect(written('auto', TERMINAL, { NO_COLOR: '1' })).not.toMatch(/\x1b\[\d*m/);
});

test('every event is one line of JSON that parses back to it', () => {
  const lines = written('json', TERMINAL).trimEnd().split('\n');
  expect(lines.map(line => JSON.parse(line) as unknown)).toEqual(FAILING);
});

test('quiet says nothing of a build that succeeds', () => {
  const texts: string[] = [];
  const { play, reporter } = stage('quiet', { write: text => texts.push(text) });
  play(NOTHING_TO_DO);
  reporter.close();
  expect(texts).toEqual([]);
});

test('quiet shows failures whole and the sum', () => {
  const lines = written('quiet', {}).trimEnd().split('\n');
  expect(lines.slice(0, 2)).toEqual(['', 'failed disk //aws/x86_64/uefi/tiny@3.20:disk']);
  expect(lines.at(-1)).toBe('failed: 1 failed, 2 skipped, 2 run, 1 up to date, 51.3 s');
  expect(lines).toHaveLength(9);
});
