import { expect, test } from 'vitest';
import type { BuildEvent } from '../../engine/model/events.ts';
import {
  BOOT,
  DISK,
  FAILING,
  IMAGE,
  INTERRUPTED,
  ISO,
  NOTHING_TO_DO,
  running,
  START,
  type StageOptions,
  stage,
} from './example-build.ts';

function printed(events: readonly BuildEvent[], options: StageOptions = {}): readonly string[] {
  const written: string[] = [];
  const { play, reporter } = stage('plain', { write: text => written.push(text) }, options);
  play(events);
  reporter.close();
  const text = written.join('');
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

test('a build with a hit, two runs, a failure and what it holds up reads from top to bottom', () => {
  expect(printed(FAILING)).toEqual([
    '[0/5] packages //aws/x86_64/uefi/tiny@3.20:packages  because never built here',
    '[0/5] overlay //aws/x86_64/uefi/tiny@3.20:overlay  because input setup changed',
    '      overlay //aws/x86_64/uefi/tiny@3.20:overlay 840 ms unchanged',
    '      packages //aws/x86_64/uefi/tiny@3.20:packages 3.0 s',
    '[2/5] disk //aws/x86_64/uefi/tiny@3.20:disk  because input packages changed',
    '      disk //aws/x86_64/uefi/tiny@3.20:disk failed after 48.2 s',
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
});

test('at GitHub, each failure is marked, and its lines are folded where there are several', () => {
  const lines = printed(FAILING, { env: { GITHUB_ACTIONS: 'true' } });
  const marks = lines.filter(line => line.startsWith('::'));
  expect(marks).toEqual([
    '::error title=AIB_COMMAND_FAILED::The command of //aws/x86_64/uefi/tiny@3.20:disk ended with exit code 1',
  ]);
  expect(lines.filter(line => !marks.includes(line))).toEqual(printed(FAILING));
});

test('with --verbose hits, every word of progress and skipped nodes are listed', () => {
  const lines = printed(FAILING, { verbose: true });
  expect(lines).toContain('      iso //iso/3.20/x86_64 up to date');
  expect(lines).toContain('      packages //aws/x86_64/uefi/tiny@3.20:packages  30/40 packages');
  expect(lines.slice(-4)).toEqual([
    '2 nodes of //aws/x86_64/uefi/tiny@3.20 skipped because of //aws/x86_64/uefi/tiny@3.20:disk',
    `  ${IMAGE}`,
    `  ${BOOT}`,
    'failed: 1 failed, 2 skipped, 2 run, 1 up to date, 51.3 s',
  ]);
});

test('a build with nothing to do is one line', () => {
  expect(printed(NOTHING_TO_DO)).toEqual(['up to date: 2 nodes, nothing to do']);
});

test('a successful build ends with what ran, what did not have to, and the time', () => {
  const lines = printed([
    { type: 'started', nodes: 12, kinds: {}, at: START },
    { type: 'hit', label: ISO, kind: 'iso' },
    running(DISK, 'disk', 5, 'never built here'),
    { type: 'ran', label: DISK, kind: 'disk', duration: 125_000, changed: true, at: START + 125_005 },
    { type: 'finished', status: 'done', ran: 1, hits: 11, failed: 0, at: START + 125_010 },
  ]);
  expect(lines).toEqual([
    `[ 0/11] disk ${DISK}  because never built here`,
    `        disk ${DISK} 2 min 05 s`,
    'done: 1 action run, 11 up to date, 2 min 05 s',
  ]);
});

test('what ran for the lock before the build counts for nothing in it', () => {
  const lines = printed([
    running(ISO, 'iso', -20, 'never built here'),
    { type: 'ran', label: ISO, kind: 'iso', duration: 10, changed: true, at: START - 10 },
    { type: 'started', nodes: 3, kinds: {}, at: START },
    { type: 'hit', label: ISO, kind: 'iso' },
    running(DISK, 'disk', 5, 'never built here'),
    { type: 'ran', label: DISK, kind: 'disk', duration: 100, changed: true, at: START + 105 },
    { type: 'finished', status: 'done', ran: 1, hits: 0, failed: 0, at: START + 110 },
  ]);
  expect(lines.slice(2)).toEqual([
    `[0/2] disk ${DISK}  because never built here`,
    `      disk ${DISK} 100 ms`,
    'done: 1 action run, 2 up to date, 110 ms',
  ]);
});

test('an interrupted build says what it left, and not that the rest was skipped', () => {
  expect(printed(INTERRUPTED).slice(1)).toEqual([
    `      disk ${DISK} cancelled after 4.0 s`,
    'interrupted: 1 cancelled, 1 skipped, 0 run, 1 up to date, 4.2 s',
  ]);
});

test('nodes that were not started after a failure elsewhere are told apart from those that it holds up', () => {
  const lines = printed([
    { type: 'started', nodes: 2, kinds: {}, at: START },
    { type: 'failed', label: ISO, kind: 'iso', failure: { code: 'AIB_BAD_MIRROR', what: 'No mirror' }, at: START + 5 },
    { type: 'skipped', label: DISK, kind: 'disk', because: 'stopped' },
    { type: 'finished', status: 'failed', ran: 0, hits: 0, failed: 1, at: START + 10 },
  ]);
  expect(lines).toEqual([
    '      iso //iso/3.20/x86_64 failed',
    '',
    'failed iso //iso/3.20/x86_64',
    'No mirror [AIB_BAD_MIRROR]',
    '  try   pass a URL or a folder to --mirror',
    '',
    '1 node of //aws/x86_64/uefi/tiny@3.20 skipped because the build stopped',
    'failed: 1 failed, 1 skipped, 0 run, 0 up to date, 10 ms',
  ]);
});

test('a node whose lost bytes were made again counts as run, not as up to date', () => {
  const lines = printed([
    { type: 'started', nodes: 2, kinds: {}, at: START },
    { type: 'hit', label: ISO, kind: 'iso' },
    { type: 'hit', label: DISK, kind: 'disk' },
    running(DISK, 'disk', 5, 'its output disk is missing'),
    { type: 'ran', label: DISK, kind: 'disk', duration: 100, changed: false, at: START + 105 },
    { type: 'finished', status: 'done', ran: 1, hits: 2, failed: 0, at: START + 110 },
  ]);
  expect(lines.at(0)).toBe(`[0/1] disk ${DISK}  because its output disk is missing`);
  expect(lines.at(-1)).toBe('done: 1 action run, 1 up to date, 110 ms');
});

test('of a long action something is heard every ten seconds, and never the same twice', () => {
  const written: string[] = [];
  const { play, pass, reporter } = stage('plain', { write: text => written.push(text) });
  play([{ type: 'started', nodes: 1, kinds: {}, at: START }, running(DISK, 'disk', 0, 'never built here')]);
  const say = (words: string): void => reporter.emit({ type: 'progress', label: DISK, words });
  written.length = 0;
  pass(9_999);
  say('packages, 1/40');
  expect(written).toEqual([]);
  pass(1);
  say('packages,\r\n 2/40');
  expect(written).toEqual([`      disk ${DISK}  packages, 2/40\n`]);
  pass(9_999);
  say('packages, 3/40');
  pass(1);
  say('packages, 3/40');
  expect(written).toHaveLength(1);
  say('packages, 4/40');
  expect(written.slice(1)).toEqual([`      disk ${DISK}  packages, 4/40\n`]);
});

test('waiting for another build names its process as far as it is known', () => {
  expect(printed([{ type: 'waiting', pid: 123, command: 'aib build //...' }, { type: 'waiting' }])).toEqual([
    'waiting for pid 123 (aib build //...), which has locked this store',
    'waiting for another process, which has locked this store',
  ]);
});

test('notices are printed as they come', () => {
  expect(printed([{ type: 'notice', line: 'no /dev/kvm: builds take longer' }])).toEqual([
    'no /dev/kvm: builds take longer',
  ]);
});

test('a build that breaks off without an end still shows its failures, once', () => {
  const written: string[] = [];
  const { play, reporter } = stage('plain', { write: text => written.push(text) });
  play(FAILING.slice(0, -3));
  reporter.close();
  reporter.close();
  expect(written.join('').match(/AIB_COMMAND_FAILED/g)).toHaveLength(1);
});
