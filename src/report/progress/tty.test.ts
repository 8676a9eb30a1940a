import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BuildEvent } from '../../engine/model/events.ts';
import type { Label } from '../../engine/model/graph.ts';
import {
  DISK,
  FAILING,
  ISO,
  NOTHING_TO_DO,
  PACKAGES,
  running,
  START,
  type Stage,
  type StageOptions,
  stage,
} from './example-build.ts';
import { FakeTerminal } from './fake-terminal.ts';

interface Show extends Stage {
  readonly terminal: FakeTerminal;
}

function show(columns: number, rows: number, options: StageOptions = {}): Show {
  const terminal = new FakeTerminal(columns, rows);
  return { terminal, ...stage('tty', terminal, options) };
}

const BEGINNING: readonly BuildEvent[] = [
  { type: 'started', nodes: 6, kinds: {}, at: START },
  { type: 'hit', label: ISO, kind: 'iso' },
  running(DISK, 'disk', 0, 'never built here', 50_000),
  running(PACKAGES, 'packages', 2_000, 'input index changed', 4_000),
];

test('the screen shows counts, time left, and what runs, with its progress', () => {
  const { terminal, play, pass, reporter } = show(80, 24);
  play(BEGINNING);
  reporter.emit({ type: 'progress', label: DISK, words: 'packages, 12/40' });
  pass(1_000);
  expect(terminal.lines).toEqual([
    '[0/5] 2 running, 1 up to date  3 s, at least 47 s left',
    '  disk //aws/x86_64/uefi/tiny@3.20:disk  packages, 12/40  3 s',
    '  packages //aws/x86_64/uefi/tiny@3.20:packages  1 s',
  ]);
  expect(terminal.cursorHidden).toBe(true);
});

test('a node that ended scrolls away above the region', () => {
  const { terminal, play, pass } = show(80, 24);
  play(BEGINNING);
  play([{ type: 'ran', label: PACKAGES, kind: 'packages', duration: 1_500, changed: false, at: START + 3_500 }]);
  pass(100);
  expect(terminal.lines).toEqual([
    '[1/5] packages //aws/x86_64/uefi/tiny@3.20:packages 1.5 s unchanged  because inp',
    'ut index changed',
    '[1/5] 1 running, 1 up to date  4 s, at least 46 s left',
    '  disk //aws/x86_64/uefi/tiny@3.20:disk  4 s',
  ]);
});

test('the time left is about right once nothing waits to start, and unknown when everything takes longer than it did', () => {
  const { terminal, play, pass } = show(80, 24);
  play([{ type: 'started', nodes: 1, kinds: {}, at: START }, running(DISK, 'disk', 0, 'never built here', 61_000)]);
  pass(1_000);
  expect(terminal.lines[0]).toBe('[0/1] 1 running, 0 up to date  1 s, about 1 min 00 s left');
  pass(61_000);
  expect(terminal.lines[0]).toBe('[0/1] 1 running, 0 up to date  1 min 02 s');
});

test('the end takes the region away, then shows failures whole, the skipped, and the sum', () => {
  const { terminal, play, ticking, reporter } = show(120, 24);
  play(FAILING);
  reporter.close();
  expect(terminal.lines).toEqual([
    '[1/5] overlay //aws/x86_64/uefi/tiny@3.20:overlay 840 ms unchanged  because input setup changed',
    '[2/5] packages //aws/x86_64/uefi/tiny@3.20:packages 3.0 s  because never built here',
    '[3/5] disk //aws/x86_64/uefi/tiny@3.20:disk failed after 48.2 s  because input packages changed',
    '',
    'failed disk //aws/x86_64/uefi/tiny@3.20:disk',
    'The command of //aws/x86_64/uefi/tiny@3.20:disk ended with exit code 1 [AIB_COMMAND_FAILED]',
    '  | setup: line 3: foo: not found',
    '  try   Read the log',
    '  log   .cache/runs/7/aws-tiny-disk.log',
    '',
    '2 nodes of //aws/x86_64/uefi/tiny@3.20 skipped because of //aws/x86_64/uefi/tiny@3.20:disk',
    'failed: 1 failed, 2 skipped, 2 run, 1 up to date, 51.3 s',
  ]);
  expect(terminal.cursorHidden).toBe(false);
  expect(ticking()).toBe(false);
});

test('closing in the midst of a build leaves neither region nor hidden cursor nor timer', () => {
  const { terminal, play, pass, reporter, ticking } = show(80, 24);
  play(BEGINNING);
  pass(200);
  expect(terminal.cursorHidden).toBe(true);
  reporter.close();
  reporter.close();
  expect(terminal.lines).toEqual([]);
  expect(terminal.cursorHidden).toBe(false);
  expect(ticking()).toBe(false);
});

test('a build that has nothing to do never flashes a region', () => {
  const { terminal, play, reporter } = show(80, 24);
  play(NOTHING_TO_DO);
  reporter.close();
  expect(terminal.writes.map(text => text.replaceAll(/\x1b\[\d+m/g, ''))).toEqual([
    'up to date: 2 nodes, nothing to do\n',
  ]);
});

test('however many events come, the screen is drawn ten times a second, and only when it would change', () => {
  const { terminal, play, pass, reporter } = show(80, 24);
  play(BEGINNING);
  pass(1_000);
  terminal.writes.length = 0;
  for (let event = 0; event < 1_000; event += 1) {
    reporter.emit({ type: 'progress', label: DISK, words: `${event}/1000` });
    pass(1);
  }
  expect(terminal.writes).toHaveLength(10);
  terminal.writes.length = 0;
  pass(1_000);
  expect(terminal.writes.length).toBeLessThanOrEqual(2);
});

test('waiting and notices show above the region, even after the end', () => {
  const { terminal, play, pass, reporter } = show(80, 24);
  reporter.emit({ type: 'waiting', pid: 9, command: 'aib build' });
  pass(100);
  expect(terminal.lines).toEqual(['waiting for pid 9 (aib build), which has locked this store']);
  play(NOTHING_TO_DO);
  reporter.emit({ type: 'notice', line: 'collected 3 blobs' });
  expect(terminal.lines.slice(1)).toEqual(['up to date: 2 nodes, nothing to do', 'collected 3 blobs']);
});

test('with --verbose hits scroll by', () => {
  const { terminal, play } = show(80, 24, { verbose: true });
  play(NOTHING_TO_DO);
  expect(terminal.lines.slice(0, 2)).toEqual([
    '[0/1] iso //iso/3.20/x86_64 up to date',
    '[0/0] packages //aws/x86_64/uefi/tiny@3.20:packages up to date',
  ]);
});

test('in a narrow terminal names lose their middle, then words go, then times', () => {
  const { terminal, play, pass, reporter } = show(60, 24);
  play(BEGINNING);
  reporter.emit({ type: 'progress', label: DISK, words: 'installing the packages of the base system' });
  const rowAt = (columns: number): string | undefined => {
    terminal.resize(columns);
    pass(100);
    return terminal.lines[1];
  };
  expect(rowAt(80)).toBe('  disk //aws/x86_64/uefi/tiny@3.20:disk  installing the packages of the b…  2 s');
  expect(rowAt(60)).toBe('  disk //aws/x86…/tiny@3.20:disk  installing the pack…  2 s');
  expect(rowAt(42)).toBe('  disk //aw…3.20:disk  installing t…  2 s');
  expect(rowAt(30)).toBe('  disk //aws/x…tiny@3.20:disk');
  expect(rowAt(8)).toBe('  d…isk');
});

test('a resize leaves no rest of the old picture, whichever way it goes', () => {
  // Narrower, and the wrapped picture would be higher than the screen: then the rest of it is out of reach.
  const width = fc.integer({ min: 4, max: 130 });
  fc.assert(
    fc.property(fc.array(width, { minLength: 1, maxLength: 6 }), widths => {
      const { terminal, play, pass } = show(80, 60);
      play(BEGINNING);
      pass(1_000);
      for (const columns of widths) {
        terminal.resize(columns);
        pass(100);
      }
      terminal.resize(100);
      play([{ type: 'ran', label: PACKAGES, kind: 'packages', duration: 3_000, changed: true, at: START + 5_000 }]);
      pass(100);
      expect(terminal.lines).toEqual([
        '[1/5] packages //aws/x86_64/uefi/tiny@3.20:packages 3.0 s  because input index changed',
        '[1/5] 1 running, 1 up to date  5 s, at least 45 s left',
        '  disk //aws/x86_64/uefi/tiny@3.20:disk  5 s',
      ]);
    }),
    { numRuns: 60 },
  );
});

test('more running nodes than rows are counted, and the picture stays on the screen', () => {
  const { terminal, play, pass } = show(80, 6);
  const many = Array.from({ length: 9 }, (_, index) => running(`//node/${index}` as Label, 'disk', index, 'new'));
  play([{ type: 'started', nodes: 9, kinds: {}, at: START }, ...many]);
  pass(1_000);
  pass(5_000);
  expect(terminal.lines).toEqual([
    '[0/9] 9 running, 0 up to date  6 s',
    '  disk //node/0  6 s',
    '  disk //node/1  6 s',
    '  and 7 more',
  ]);
});

test('words of a guest cannot move the cursor or break the line', () => {
  const { terminal, play, pass, reporter } = show(80, 24);
  play(BEGINNING);
  reporter.emit({ type: 'progress', label: DISK, words: '\x1b[2J\x1b[5A50%\r\n\x07done' });
  pass(100);
  expect(terminal.lines[1]).toBe('  disk //aws/x86_64/uefi/tiny@3.20:disk  50% ?done  2 s');
});

test('in a terminal of two rows the region is one line', () => {
  const { terminal, play, pass } = show(80, 2);
  play(BEGINNING);
  pass(1_000);
  expect(terminal.lines).toEqual(['[0/5] 2 running, 1 up to date  3 s, at least 47 s left']);
});

test('a terminal that does not tell its width is taken for one of 80 columns', () => {
  const terminal = new FakeTerminal(200, 24);
  const { play, pass, reporter } = stage('tty', { isTTY: true, columns: 0, write: text => terminal.write(text) });
  play(BEGINNING);
  reporter.emit({ type: 'progress', label: DISK, words: 'x'.repeat(200) });
  pass(100);
  expect(Math.max(...terminal.lines.map(line => line.length))).toBe(79);
});
