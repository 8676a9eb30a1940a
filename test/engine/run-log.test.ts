/** What is recorded about each run, and what remains of it later. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keepRun } from '../../src/cli/session/keep-run.ts';
import { RUN_FACTS, RUNS_KEPT } from '../../src/store/history/run-retention.ts';
import { edge, makeRig, type Rig, shell } from './rig.ts';

//  s (source) ──► a ──► b ──► c     d
function nodes(rig: Rig, content = 'one', middle = 'cat in in > out') {
  return [
    rig.source('s', content),
    shell('a', 'cat in > out', { in: edge('s', 'file') }),
    shell('b', middle, { in: edge('a') }),
    shell('c', 'cat in > out; echo c >> out', { in: edge('b') }),
    shell('d', 'echo d > out'),
  ];
}

describe('a run is noted', () => {
  it('with what ran, in which order, why, and after what', async () => {
    const rig = makeRig();
    await rig.build(nodes(rig), ['c', 'd']);
    const [run] = rig.store.runs.newest(1);
    expect(run).toMatchObject({ id: 1, command: 'test', status: 'done', nodes: 5, ran: 4, hits: 0, failed: 0 });
    const executions = rig.store.runs.executions(1);
    expect(new Map(executions.map(({ label, after }) => [label, after]))).toEqual(
      new Map([
        ['//a', []],
        ['//b', ['//a']],
        ['//c', ['//b']],
        ['//d', []],
      ]),
    );
    for (const each of executions) {
      expect(each).toMatchObject({ status: 'done', reason: 'never built here', resources: { cpu: 1 }, changed: true });
      expect(each.queued).toBeLessThanOrEqual(each.started);
      expect(each.slot).toBeLessThan(2);
    }
  });

  it('with what was up to date, and what was skipped and why', async () => {
    const rig = makeRig();
    await rig.build(nodes(rig), ['c', 'd']);
    await rig.build(nodes(rig, 'one', 'exit 3'), ['c', 'd'], { onFailure: 'keep-going' });
    expect(rig.store.runs.find(2)).toMatchObject({ status: 'failed', ran: 0, hits: 2, failed: 1 });
    expect(rig.store.runs.unrun(2)).toEqual({ hits: ['//a', '//d'], skipped: [{ label: '//c', because: '//b' }] });
    expect(rig.store.runs.executions(2)).toMatchObject([
      { label: '//b', status: 'failed', failure: expect.stringContaining('[AIB_COMMAND_FAILED]') },
    ]);
    expect(rig.store.runs.newestWithWork()).toBe(2);
  });

  it('also if all was up to date', async () => {
    const rig = makeRig();
    await rig.build(nodes(rig), ['c', 'd']);
    await rig.build(nodes(rig), ['c', 'd']);
    expect(rig.store.runs.find(2)).toMatchObject({ status: 'done', ran: 0, hits: 4 });
    expect(rig.store.runs.unrun(2)).toEqual({ hits: ['//a', '//b', '//c', '//d'], skipped: [] });
    expect(rig.store.runs.newestWithWork()).toBe(1);
  });

  it('as interrupted with what was cancelled and not reached', async () => {
    const rig = makeRig();
    const stop = new AbortController();
    const sleeper = shell('a', 'echo "aib: ready"; sleep 60; echo > out');
    const after = shell('b', 'cat in > out', { in: edge('a') });
    await rig.build([sleeper, after], ['b'], {
      signal: stop.signal,
      emit: event => event.type === 'progress' && stop.abort(),
    });
    expect(rig.store.runs.newest(1)).toMatchObject([{ status: 'interrupted', ran: 0, failed: 0 }]);
    expect(rig.store.runs.executions(1)).toMatchObject([{ label: '//a', status: 'cancelled' }]);
    expect(rig.store.runs.unrun(1)?.skipped.map(({ label }) => label)).toEqual(['//a', '//b']);
  });

  it('as unfinished until it ends', () => {
    const rig = makeRig();
    const run = rig.store.history.begin('build //x', 5);
    expect(rig.store.runs.find(run)).toMatchObject({ status: 'unfinished', ended: undefined, ran: undefined });
  });
});

describe('a run leaves behind', () => {
  it('a trace, if anything ran', async () => {
    const rig = makeRig();
    for (const run of [1, 2]) {
      await rig.build(nodes(rig), ['c', 'd']);
      await keepRun(rig.store, run);
    }
    const { traceEvents } = JSON.parse(readFileSync(join(rig.store.runFolder(1), 'trace.json'), 'utf8'));
    const bars = traceEvents.filter(({ ph }: { ph: string }) => ph === 'X').map(({ name }: { name: string }) => name);
    expect(bars.toSorted()).toEqual(['//a', '//b', '//c', '//d']);
    expect(existsSync(join(rig.store.runFolder(2), 'trace.json'))).toBe(false);
  });

  it('nothing where something lies in the way, and is done nevertheless', async () => {
    const rig = makeRig();
    mkdirSync(join(rig.store.folder, 'runs'));
    writeFileSync(rig.store.runFolder(1), 'no folder');
    expect((await rig.build(nodes(rig), ['c'])).status).toBe('done');
    await keepRun(rig.store, 1);
    expect(readFileSync(rig.store.runFolder(1), 'utf8')).toBe('no folder');
  });

  it('for the last runs everything, and of older ones what is still the newest of its label, with its log', async () => {
    const rig = makeRig();
    await rig.build(nodes(rig), ['c', 'd']);
    await keepRun(rig.store, 1);
    writeFileSync(join(rig.store.runFolder(1), RUN_FACTS), '{}');
    const last = RUNS_KEPT + 10;
    for (let run = 2; run <= last; run += 1) {
      await rig.build([shell('x', `echo ${run} > out`)], ['x']);
      await keepRun(rig.store, run);
    }
    // Runs 1 to 10 are too old; all executions of run 1 are still the newest of their labels, none of the others are.
    expect(rig.store.runs.newest(999).map(({ id }) => id)).toEqual([
      ...Array.from({ length: RUNS_KEPT }, (_, index) => last - index),
      1,
    ]);
    expect(rig.store.runs.executions(10)).toEqual([]);
    expect(existsSync(rig.store.runFolder(10))).toBe(false);
    expect(existsSync(join(rig.store.runFolder(11), 'trace.json'))).toBe(true);
    expect(readdirSync(rig.store.runFolder(1)).sort()).toEqual(['a.log', 'b.log', 'c.log', 'd.log', RUN_FACTS]);
    expect(rig.store.history.last('//a')).toMatchObject({ log: 'runs/1/a.log' });
    expect(rig.store.history.estimates().get('//a')?.duration).toBeGreaterThanOrEqual(0);
  });
});
