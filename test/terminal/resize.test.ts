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

test('a resize leaves no stale lines, and every permanent line once', async context => {
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
  const capture = (...more: readonly string[]): readonly string[] =>
    tmux('capture-pane', '-p', '-J', ...more)
      .trimEnd()
      .split('\n')
      .map(line => line.trim());
  const isStatus = (line: string): boolean => /status|second|==/.test(line);
  for (const width of [60, 120, 45, 100, 80]) {
    await after(400);
    tmux('resize-window', '-x', String(width));
    // The next drawing, at most a tenth of a second later, has removed what the old one left.
    await expect.poll(() => capture().filter(isStatus).length, { timeout: 10_000 }).toBe(2);
  }
  await expect.poll(() => capture().at(-1), { timeout: 30_000 }).toBe('the end');
  expect(capture().filter(isStatus)).toEqual([]);
  const all = capture('-S', '-');
  // When it gets narrower, tmux moves rows out of the screen, where nothing can remove them: one for each of the three times.
  expect(all.filter(isStatus).length).toBeLessThanOrEqual(3);
  expect(all.filter(line => line.startsWith('line '))).toEqual(
    [0, 10, 20, 30, 40, 50].map(frame => `line ${frame} ${'x'.repeat(70)}`),
  );
}, 60_000);
