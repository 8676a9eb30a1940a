import { expect, test } from 'vitest';
import type { BuildEvent } from '../../engine/model/events.ts';
import type { Label } from '../../engine/model/graph.ts';
import { packageLabel } from '../../rules/labels.ts';
import { DISK, PACKAGES, running, START, type StageOptions, stage } from './example-build.ts';
import { FakeTerminal } from './fake-terminal.ts';

const kind = 'package';
const MIB = 1 << 20;

function nameOf(name: string): Label {
  return packageLabel({ index: 'v3.20/main/x86_64', name, version: '1-r0' });
}

function started(packages: number, others = 1): BuildEvent {
  return { type: 'started', nodes: packages + others, kinds: { package: packages, packages: others }, at: START };
}

function hit(name: string): BuildEvent {
  return { type: 'hit', label: nameOf(name), kind };
}

function starts(name: string, at: number): BuildEvent {
  return running(nameOf(name), kind, at, 'never built here', 5_000);
}

function ran(name: string, at: number): BuildEvent {
  return { type: 'ran', label: nameOf(name), kind, duration: 10, changed: true, bytes: 3 * MIB, at: START + at };
}

function failed(name: string, at: number): BuildEvent {
  return {
    type: 'failed',
    label: nameOf(name),
    kind,
    failure: { code: 'AIB_MIRROR_NOT_FOUND', what: 'Gone' },
    at: START + at,
  };
}

function skipped(name: string): BuildEvent {
  return { type: 'skipped', label: nameOf(name), kind, because: 'stopped' };
}

function printed(events: readonly BuildEvent[], options: StageOptions = {}): readonly string[] {
  const written: string[] = [];
  stage('plain', { write: text => written.push(text) }, options).play(events);
  return written.join('').split('\n').slice(0, -1);
}

/** One is up to date, three are fetched, two side by side. */
const FETCHED: readonly BuildEvent[] = [
  started(4),
  hit('a'),
  starts('b', 0),
  starts('c', 10),
  ran('b', 400),
  starts('d', 400),
  ran('d', 900),
  ran('c', 1_500),
  running(PACKAGES, 'packages', 1_510, 'never built here'),
];

test('packages are one line in a log, once the last is there', () => {
  expect(printed(FETCHED)).toEqual([
    '      package 3 fetched, 9.0 MiB, 1.5 s',
    `[3/4] packages ${PACKAGES}  because never built here`,
  ]);
});

test('with --verbose each has its own lines', () => {
  expect(printed(FETCHED, { verbose: true })).toEqual([
    `      package ${nameOf('a')} up to date`,
    `[0/4] package ${nameOf('b')}  because never built here`,
    `[0/4] package ${nameOf('c')}  because never built here`,
    `      package ${nameOf('b')} 10 ms`,
    `[1/4] package ${nameOf('d')}  because never built here`,
    `      package ${nameOf('d')} 10 ms`,
    `      package ${nameOf('c')} 10 ms`,
    `[3/4] packages ${PACKAGES}  because never built here`,
  ]);
});

test('of packages that take long something is heard every five seconds', () => {
  const names = Array.from({ length: 12 }, (_, index) => `p${index}`);
  const fetches = names.flatMap((name, index) => [starts(name, index * 1_000), ran(name, index * 1_000 + 999)]);
  const last = [starts('last', 11_000), ran('last', 18_000)];
  const again = [starts('p0', 60_000), starts('p1', 60_000), ran('p0', 60_100), ran('p1', 60_200)];
  expect(printed([started(13), ...fetches, ...last, ...again])).toEqual([
    '        package 6 of 13 fetched, 18.0 MiB',
    '        package 11 of 13 fetched, 33.0 MiB',
    '        package 13 fetched, 39.0 MiB, 18.0 s',
    '        package 2 fetched, 6.0 MiB, 200 ms',
  ]);
});

test('a log has a line for a package that failed or was cancelled, and the sum says of how many it is', () => {
  const events = [
    started(9),
    starts('a', 0),
    starts('b', 0),
    starts('c', 0),
    ran('a', 100),
    failed('b', 200),
    { type: 'cancelled', label: nameOf('c'), kind, at: START + 300 },
    // The rest of the build went on for a while.
    running(DISK, 'disk', 300, 'never built here'),
    { type: 'ran', label: DISK, kind: 'disk', duration: 60_000, changed: true, at: START + 60_300 },
    skipped('c'),
    ...['d', 'e', 'f', 'g', 'h', 'i'].map(skipped),
  ] satisfies readonly BuildEvent[];
  expect(printed(events)).toEqual([
    `        package ${nameOf('b')} failed after 200 ms`,
    `        package ${nameOf('c')} cancelled after 300 ms`,
    `[ 3/10] disk ${DISK}  because never built here`,
    `        disk ${DISK} 1 min 00 s`,
    '        package 1 of 9 fetched, 3.0 MiB, 300 ms',
  ]);
});

test('nothing is said where all are up to date, and nothing more where the only one failed', () => {
  expect(printed([started(2), hit('a'), hit('b')])).toEqual([]);
  expect(printed([started(2), hit('a'), starts('b', 0), failed('b', 5)])).toEqual([
    `      package ${nameOf('b')} failed after 5 ms`,
  ]);
});

test('the sum is said once, though the last was cancelled and is skipped by that', () => {
  const cancelled = { type: 'cancelled', label: nameOf('b'), kind, at: START + 30 } as const;
  const events = [started(2), starts('a', 0), starts('b', 0), ran('a', 20), cancelled, skipped('b')];
  expect(printed(events)).toEqual([
    `      package ${nameOf('b')} cancelled after 30 ms`,
    '      package 1 of 2 fetched, 3.0 MiB, 30 ms',
  ]);
});

test('packages that are fetched again later, because their bytes are gone, count by themselves', () => {
  const again = [starts('a', 60_000), ran('a', 60_200)];
  expect(printed([...FETCHED, ...again]).slice(2)).toEqual(['      package 1 fetched, 3.0 MiB, 200 ms']);
});

test('on the screen packages share a row, and one line scrolls away above it', () => {
  const terminal = new FakeTerminal(100, 24);
  const { play, pass } = stage('tty', terminal);
  play([...FETCHED.slice(0, 6), running(DISK, 'disk', 500, 'never built here')]);
  pass(100);
  expect(terminal.lines).toEqual([
    '[1/4] 3 running, 1 up to date  1 s',
    '  package 1 of 3, 3.0 MiB, 2 running  1 s',
    `  disk ${DISK}  0 s`,
  ]);
  play(FETCHED.slice(6, -1));
  pass(100);
  expect(terminal.lines).toEqual([
    '[3/4] package 3 fetched, 9.0 MiB, 1.5 s',
    '[3/4] 1 running, 1 up to date  2 s',
    `  disk ${DISK}  1 s`,
  ]);
});

test('the screen tells of each package with --verbose, and of one that failed', () => {
  const events = [started(3), starts('a', 0), starts('b', 0), ran('a', 50), failed('b', 60)];
  const shown = (options: StageOptions): readonly string[] => {
    const terminal = new FakeTerminal(120, 24);
    const { play, pass } = stage('tty', terminal, options);
    play(events);
    pass(100);
    return terminal.lines;
  };
  const failure = `[2/4] package ${nameOf('b')} failed after 60 ms  because never built here`;
  const head = '[2/4] 0 running, 1 failed, 0 up to date  0 s';
  expect(shown({})).toEqual([failure, head]);
  expect(shown({ verbose: true })).toEqual([
    `[1/4] package ${nameOf('a')} 10 ms  because never built here`,
    failure,
    head,
  ]);
});

test('on a low screen all packages that run are counted as hidden', () => {
  const terminal = new FakeTerminal(80, 5);
  const { play, pass } = stage('tty', terminal);
  const disks = [running(DISK, 'disk', 0, 'never built here'), running(PACKAGES, 'packages', 0, 'never built here')];
  play([started(9, 2), ...disks, starts('a', 10), starts('b', 10), starts('c', 10)]);
  pass(1_000);
  expect(terminal.lines).toEqual(['[ 0/11] 5 running, 0 up to date  1 s', `  disk ${DISK}  1 s`, '  and 4 more']);
});
