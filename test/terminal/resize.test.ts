/** The status region of a build in a real terminal, which tmux makes narrower and wider while the region is drawn. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { findOnPath } from '../../src/util/process/on-path.ts';

const SOCKET = `aib-test-${process.pid}`;

function tmux(...words: readonly string[]): string {
  return execFileSync('tmux', ['-L', SOCKET, '-f', '/dev/null', ...words], { encoding: 'utf8' });
}

test('drawings after a resize leave nothing behind, and every permanent line is there once', async context => {
  if (findOnPath('tmux') === undefined) return context.skip('no tmux on PATH: ./setup --tests brings it');
  onTestFinished(() => {
    tmux('kill-server');
  });
  const program = [
    process.execPath,
    '--experimental-strip-types',
    '--no-warnings',
    join(import.meta.dirname, 'draw.ts'),
  ];
  tmux('new-session', '-d', '-x', '100', '-y', '30', [...program, '; sleep 60'].join(' '));
  const capture = (): readonly string[] =>
    tmux('capture-pane', '-p', '-J', '-S', '-')
      .trimEnd()
      .split('\n')
      .map(line => line.trim());
  for (const width of [60, 120, 45, 100, 80]) {
    await after(400);
    tmux('resize-window', '-x', String(width));
  }
  await expect.poll(() => capture().at(-1), { timeout: 30_000 }).toBe('the end');
  // Each time it gets narrower, tmux itself moves a wrapped row out of the screen, where nothing can remove it; no other row may remain.
  expect(capture().filter(line => /status|second|==/.test(line)).length).toBeLessThanOrEqual(3);
  expect(capture().filter(line => line.startsWith('line '))).toEqual(
    Array.from({ length: 10 }, (_, index) => `line ${10 * index} ${'x'.repeat(70)}`),
  );
}, 60_000);
