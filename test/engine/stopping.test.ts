/** Failures, interruptions and bugs: what still runs, what is recorded, and what remains. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BuildRequest } from '../../src/engine/build/build.ts';
import type { BuildEvent } from '../../src/engine/model/events.ts';
import { leafNode } from '../../src/engine/model/graph.ts';
import { localRunner } from '../../src/engine/run/local-runner.ts';
import type { Runner } from '../../src/engine/run/runner.ts';
import { lockStore } from '../../src/store/store.ts';
import { fail, ok } from '../../src/util/result.ts';
import { workingIn } from '../processes.ts';
import { type Built, edge, inProcess, label, makeRig, reopen, shell } from './rig.ts';

type Rig = ReturnType<typeof makeRig>;

/** The kernel takes a moment to end killed processes. */
const gone = (rig: Rig) => expect.poll(() => workingIn(rig.folder), { timeout: 5_000 }).toEqual([]);

/** Options that abort the build, as Ctrl-C does, after `count` commands have printed `aib: ready`. */
function stopWhenReady(rig: Rig, count: number): Partial<BuildRequest> {
  const stop = new AbortController();
  let ready = 0;
  return {
    signal: stop.signal,
    runners: { command: localRunner(rig.store, { graceMs: 200 }) },
    capacity: { cpu: 8 },
    emit: event => {
      if (event.type !== 'progress') return;
      ready += 1;
      if (ready === count) stop.abort();
    },
  };
}

const typesOf = (built: Built, name: string): readonly string[] =>
  built.events.flatMap(event => ('label' in event && event.label === label(name) ? [event.type] : []));

describe('an interruption', () => {
  const nodes = [
    shell('polite', 'echo "aib: ready"; echo > out; sleep 60'),
    shell('stubborn', 'trap "" TERM; echo "aib: ready"; echo > out; while :; do sleep 60; done'),
    shell('parent', 'sh -c "trap \\"\\" TERM; sleep 60" & sleep 60 & echo "aib: ready"; echo > out; wait'),
    shell('after', 'cp in out', { in: edge('polite') }),
  ];
  const names = ['polite', 'stubborn', 'parent'];

  it('stops every command with its children, and records nothing', async () => {
    const rig = makeRig();
    const stopped = await rig.build(nodes, [...names, 'after'], stopWhenReady(rig, 3));
    expect(stopped.status).toBe('interrupted');
    expect(stopped.outputs.size).toBe(0);
    expect(stopped.failures.size).toBe(0);
    await gone(rig);
    for (const name of names) expect(typesOf(stopped, name)).toEqual(['running', 'progress', 'cancelled', 'skipped']);
    expect(typesOf(stopped, 'after')).toEqual(['skipped']);
    expect(readdirSync(rig.store.temporary)).toEqual([]);
    expect(readdirSync(join(rig.folder, 'cache/records'))).toEqual([]);
  });

  it('before the build begins starts nothing', async () => {
    const rig = makeRig();
    const built = await rig.build([shell('a', 'echo > out')], ['a'], { signal: AbortSignal.abort() });
    expect([built.status, built.started]).toEqual(['interrupted', []]);
  });

  it('is no bug in an action that throws because of it', async () => {
    const rig = makeRig();
    const stop = new AbortController();
    const fetching = inProcess('fetch', '', {}, async (_, { signal, progress }) => {
      progress('ready');
      signal.throwIfAborted();
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      return ok({ out: '' });
    });
    const built = await rig.build([fetching], ['fetch'], {
      signal: stop.signal,
      emit: event => event.type === 'progress' && stop.abort(),
    });
    expect(built.status).toBe('interrupted');
  });

  it('does not wait for ever for an action that does not heed it', async () => {
    const rig = makeRig();
    const stop = new AbortController();
    const deaf = inProcess('deaf', '', {}, (_, { progress }) => {
      progress('ready');
      return new Promise(() => {});
    });
    const built = await rig.build([deaf], ['deaf'], {
      signal: stop.signal,
      emit: event => event.type === 'progress' && stop.abort(),
    });
    expect(built.status).toBe('interrupted');
  });
});

describe('a build that is killed', () => {
  it.each([
    ['with what the machine has', ''],
    ['where there is no setpriv', 'exit 127'],
  ])('takes its commands along, and leaves nothing that the next one trusts, %s', async (_, setpriv) => {
    const rig = makeRig();
    const tools = join(rig.folder, 'tools');
    mkdirSync(tools);
    if (setpriv !== '') writeFileSync(join(tools, 'setpriv'), `#!/bin/sh\n${setpriv}\n`, { mode: 0o755 });
    const from = (path: string): string => JSON.stringify(join(import.meta.dirname, '../../src', path));
    const program = `
      import { grantsFor } from ${from('engine/run/grants.ts')};
      import { localRunner } from ${from('engine/run/local-runner.ts')};
      import { openStore } from ${from('store/store.ts')};
      const opened = openStore(${JSON.stringify(rig.store.folder)}, { now: Date.now, onNotice: () => {} });
      const script = 'echo half > out; sleep 60 & echo "aib: ready"; exec sleep 60';
      const spec = {
        arguments: ['sh', '-euc', script], environment: {}, inputs: new Map(), platform: {}, timeoutSeconds: 0,
        outputs: { out: { type: 'file', path: 'out' } },
      };
      const grants = grantsFor({ sort: 'command', spec, resources: {} });
      const context = { grants, signal: new AbortController().signal, log: () => {}, progress: words => console.log(words) };
      await localRunner(opened.value).execute(spec, context);
    `;
    const words = ['--experimental-strip-types', '--no-warnings', '--input-type=module', '--eval', program];
    const env = { ...process.env, PATH: `${tools}:${process.env.PATH}` };
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'], env });
    await once(child.stdout, 'data');
    expect(workingIn(rig.folder)).toHaveLength(2);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await gone(rig);
    expect(readdirSync(rig.store.temporary)).toHaveLength(1);
    const lock = await lockStore(
      rig.store.folder,
      { pid: 1, command: '' },
      { onWait: () => {}, signal: new AbortController().signal },
    );
    lock.release();
    expect(readdirSync(rig.store.temporary)).toEqual([]);
    expect(readdirSync(join(rig.store.folder, 'blobs'))).toEqual([]);
  });
});

describe('a failure', () => {
  it('under fail-fast stops what runs', async () => {
    const rig = makeRig();
    const flag = join(rig.folder, 'flag');
    const nodes = [
      shell('slow', `echo > '${flag}'; sleep 60; echo > out`),
      shell('bad', `while [ ! -e '${flag}' ]; do sleep 0.02; done; exit 1`),
    ];
    const built = await rig.build(nodes, ['slow', 'bad'], { onFailure: 'fail-fast' });
    expect(built.status).toBe('failed');
    expect([...built.failures.keys()]).toEqual([label('bad')]);
    expect(typesOf(built, 'slow')).toEqual(['running', 'cancelled', 'skipped']);
    await gone(rig);
  });

  it('leaves its whole log, also of a command that says a lot, and one for each node of a similar name', async () => {
    const rig = makeRig();
    const script = 'seq 1 20000; printf "no line end" >&2; exit 1';
    const nodes = [shell('some/name', script), shell('some:name', 'echo other >&2; exit 1')];
    const built = await rig.build(nodes, ['some/name', 'some:name'], { onFailure: 'keep-going' });
    const logs = built.events.flatMap(event => (event.type === 'failed' ? [event] : []));
    const logOf = (name: string): string => {
      const log = logs.find(event => event.label === label(name))?.log ?? expect.unreachable();
      return readFileSync(join(rig.store.folder, log), 'utf8');
    };
    const counted = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join('');
    expect(logOf('some/name').replace('no line end\n', '') === counted).toBe(true);
    expect(logOf('some/name')).toContain('no line end\n');
    expect(logOf('some:name')).toBe('other\n');
    expect(rig.store.history.last('//some:name')).toMatchObject({
      status: 'failed',
      log: expect.stringContaining('runs/'),
    });
  });

  it('names a command that took too long, and its children go too', async () => {
    const rig = makeRig();
    const slow = shell('slow', 'sleep 60 & echo almost >&2; sleep 60', {}, { timeoutSeconds: 1 });
    const built = await rig.build([slow], ['slow'], { runners: { command: localRunner(rig.store, { graceMs: 100 }) } });
    expect(built.failures.get(label('slow'))).toMatchObject({ code: 'AIB_TIMEOUT', output: ['almost'] });
    await gone(rig);
  });

  it('names an action of our own that took too long', async () => {
    const rig = makeRig();
    const slow = inProcess(
      'slow',
      'slow',
      {},
      (_, { signal }) => new Promise(resolve => signal.addEventListener('abort', () => resolve(ok({})))),
      { timeoutSeconds: 1 },
    );
    const wait = inProcess(
      'wait',
      'wait',
      {},
      async (_, { signal }) => {
        await new Promise(resolve => signal.addEventListener('abort', resolve));
        return fail({ code: 'AIB_COMMAND_FAILED', what: 'gave up' });
      },
      { timeoutSeconds: 1 },
    );
    const built = await rig.build([slow, wait], ['slow', 'wait'], { onFailure: 'keep-going' });
    expect(built.failures.get(label('wait'))).toMatchObject({ code: 'AIB_TIMEOUT' });
    expect(built.failures.get(label('slow'))).toMatchObject({ code: 'AIB_OUTPUT_MISSING' });
  });

  // dep (its bytes are gone, and it cannot run again) ──► hit
  //                                                    └─► new
  it('of a dependency does not take away what was built from it before', async () => {
    const rig = makeRig();
    const flag = join(rig.folder, 'broken');
    const dep = shell('dep', `[ ! -e '${flag}' ] && echo dep > out`);
    const hit = shell('hit', 'echo from > out; cat in >> out', { in: edge('dep') });
    const first = await rig.build([dep, hit], ['hit', 'dep']);
    rmSync(rig.store.blobs.path(first.outputs.get(label('dep'))?.out?.digest ?? expect.unreachable()));
    writeFileSync(flag, '');
    const store = reopen(rig.store.folder);
    const late = shell('new', 'cat in in > out', { in: edge('dep') });
    // `hit` is checked before `dep` fails, because a later failure does not stop the check.
    const built = await rig.build([dep, hit, late], ['hit', 'new'], { store, onFailure: 'keep-going' });
    store.close();
    expect(built.status).toBe('failed');
    expect([...built.failures.keys()]).toEqual([label('dep')]);
    expect(await rig.text(built, 'hit')).toBe('from\ndep\n');
    expect(typesOf(built, 'hit')).toEqual(['hit']);
    expect(built.events.find(event => event.type === 'skipped')).toMatchObject({ label: '//new', because: '//dep' });
    expect(built.events.at(-1)).toMatchObject({ type: 'finished', ran: 0, hits: 1, failed: 1 });
  });

  it('of the disk is a failure with a remedy, and not a bug', async () => {
    const rig = makeRig();
    const full = (): never => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    const runner: Runner = { execute: async () => full() };
    const nodes = [shell('command', 'echo > out'), inProcess('ours', '', {}, async () => full())];
    const built = await rig.build(nodes, ['command', 'ours'], {
      runners: { command: runner },
      onFailure: 'keep-going',
    });
    for (const name of ['command', 'ours'])
      expect(built.failures.get(label(name))).toMatchObject({
        code: 'AIB_STORE_FULL',
        hint: expect.stringContaining('--cache'),
      });
    expect(built.events.filter(event => event.type === 'failed' && event.log !== undefined)).toHaveLength(2);
  });

  it('to keep a log is none', async () => {
    const rig = makeRig();
    const run = rig.store.history.begin('test', 0);
    // At the place of the log there is something that is not a folder.
    mkdirSync(join(rig.store.folder, 'runs'));
    writeFileSync(rig.store.runFolder(run), '');
    const built = await rig.build([shell('a', 'echo hello; echo > out')], ['a'], { run });
    expect(built.status).toBe('done');
  });
});

describe('a bug', () => {
  const sleeper = (flag: string) => shell('sleeper', `echo "aib: ready"; echo > '${flag}'; sleep 60; echo > out`);

  it('in a rule ends the build with its own error, once nothing runs any more', async () => {
    const rig = makeRig();
    const flag = join(rig.folder, 'flag');
    const bug = new TypeError('undefined is not a function');
    const broken = inProcess('broken', '', {}, async () => {
      while (!existsSync(flag)) await new Promise(resolve => setTimeout(resolve, 10));
      throw bug;
    });
    await expect(rig.build([sleeper(flag), broken], ['sleeper', 'broken'])).rejects.toBe(bug);
    await gone(rig);
  });

  it('in the preparation of an action, or in a leaf, does the same', async () => {
    const bug = new TypeError('undefined is not a function');
    const thrower = (): never => {
      throw bug;
    };
    for (const where of ['prepare', 'read'] as const) {
      const rig = makeRig();
      const broken = { ...inProcess('broken', '', {}, thrower), prepare: thrower };
      const read = async () => thrower();
      const leaf = leafNode({ label: label('broken'), kind: 'leaf', reads: [], read });
      const node = where === 'prepare' ? broken : leaf;
      await expect(rig.build([node, shell('a', 'echo > out')], ['broken', 'a'])).rejects.toBe(bug);
      await gone(rig);
    }
  });

  it('in a reporter does the same', async () => {
    const rig = makeRig();
    const bug = new TypeError('cannot print');
    const emit = (event: BuildEvent): void => {
      if (event.type === 'progress') throw bug;
    };
    await expect(rig.build([sleeper(join(rig.folder, 'flag'))], ['sleeper'], { emit })).rejects.toBe(bug);
    await gone(rig);
  });
});
