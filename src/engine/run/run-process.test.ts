import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { workingIn } from '../../../test/processes.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import { type ProcessRequest, runProcess } from './run-process.ts';

/** Runs a shell script; its output is available while it runs. */
function start(script: string, options: Partial<ProcessRequest> = {}) {
  const folder = testFolder('process');
  const stop = new AbortController();
  let output = '';
  const waiting: { word: string; resolve: () => void }[] = [];
  const onOutput = (text: string): void => {
    output += text;
    for (const { word, resolve } of waiting) if (output.includes(word)) resolve();
  };
  const end = runProcess({
    command: ['sh', '-c', script],
    folder,
    environment: { PATH: process.env.PATH ?? '' },
    timeoutSeconds: 0,
    graceMs: 300,
    signal: stop.signal,
    onOutput,
    onErrorOutput: onOutput,
    ...options,
  });
  const said = (word: string): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push({ word, resolve });
    onOutput('');
    return promise;
  };
  return { end, stop, said, folder, output: () => output };
}

/** The kernel takes a moment to end killed processes. */
const gone = (folder: string) => expect.poll(() => workingIn(folder), { timeout: 5_000 }).toEqual([]);

describe('a process that ends by itself', () => {
  test('tells its status, and everything that it said', async () => {
    const run = start('echo out; echo err >&2; printf "no line end"; exit 3');
    expect(await run.end).toEqual({ type: 'exited', status: 3 });
    for (const words of ['out\n', 'err\n', 'no line end']) expect(run.output()).toContain(words);
  });

  test('tells which signal killed it', async () => {
    expect(await start('kill -SEGV $$').end).toEqual({ type: 'killed', by: 'SIGSEGV' });
  });

  test('takes its helpers along, though they hold its output', async () => {
    const run = start('sleep 60 & echo started; exit 0');
    expect(await run.end).toEqual({ type: 'exited', status: 0 });
    await gone(run.folder);
  });

  test('takes a helper along that stayed in its group and closed its output', async () => {
    const run = start('sleep 60 <&- >&- 2>&- & echo done');
    expect(await run.end).toEqual({ type: 'exited', status: 0 });
    await gone(run.folder);
  });

  test('takes a helper along that left its group and holds its output', async () => {
    const run = start('setsid sh -c "echo helper; exec sleep 60" & sleep 0.2; echo done');
    expect(await run.end).toEqual({ type: 'exited', status: 0 });
    expect(run.output()).toContain('helper');
    await gone(run.folder);
  });

  test('is not waited for by a helper that left its group and its folder', async () => {
    const run = start("cd /; setsid sh -c 'echo $$ is its pid; exec sleep 60' & sleep 0.2; echo done");
    const started = performance.now();
    expect(await run.end).toEqual({ type: 'exited', status: 0 });
    expect(performance.now() - started).toBeLessThan(5_000);
    process.kill(Number(/(\d+) is its pid/.exec(run.output())?.[1]), 'SIGKILL');
  });

  test('may say a character in two pieces, and bytes that are no character at all', async () => {
    const run = start(String.raw`printf '\303'; sleep 0.1; printf '\251\377\376\000end\303'`);
    await run.end;
    expect(run.output()).toBe('é\ufffd\ufffd\0end\ufffd');
  });

  test('may say more than anybody wants to keep', async () => {
    let length = 0;
    const run = start('head -c 30000000 /dev/zero', { onOutput: text => (length += text.length) });
    expect(await run.end).toEqual({ type: 'exited', status: 0 });
    expect(length).toBe(30_000_000);
  });
});

describe('a process that is stopped', () => {
  test('may tidy up', async () => {
    const run = start('trap "echo tidied; exit 0" TERM; echo ready; while :; do sleep 0.05; done');
    await run.said('ready');
    run.stop.abort();
    expect(await run.end).toEqual({ type: 'stopped' });
    expect(run.output()).toContain('tidied');
  });

  test('is killed after the grace period if it ignores that, with its children', async () => {
    const run = start('trap "" TERM; sh -c "trap \\"\\" TERM; echo child; sleep 60" & echo parent; sleep 60; sleep 60');
    await Promise.all([run.said('child'), run.said('parent')]);
    expect(workingIn(run.folder).length).toBeGreaterThanOrEqual(2);
    run.stop.abort();
    expect(await run.end).toEqual({ type: 'stopped' });
    await gone(run.folder);
  });

  test('is never started if that happened before', async () => {
    const run = start('echo here', { signal: AbortSignal.abort() });
    expect([await run.end, run.output()]).toEqual([{ type: 'stopped' }, '']);
  });

  test('takes helpers along that left its group and closed its output', async () => {
    const run = start('setsid sh -c "exec sleep 60 <&- >&- 2>&-" & sleep 0.2; echo ready; sleep 60');
    await run.said('ready');
    expect(workingIn(run.folder).length).toBeGreaterThanOrEqual(2);
    run.stop.abort();
    expect(await run.end).toEqual({ type: 'stopped' });
    await gone(run.folder);
  });

  test('for taking too long goes with its whole group', async () => {
    const run = start('trap "" TERM; sleep 60 & echo ready; sleep 60; sleep 60', { timeoutSeconds: 0.3, graceMs: 100 });
    expect(await run.end).toEqual({ type: 'timed-out' });
    await gone(run.folder);
  });
});

describe('a process that cannot be started', () => {
  test.each([
    ['is not there', ['/nowhere/at-all'], 'ENOENT'],
    ['has a NUL in its arguments', ['echo', 'a\0b'], 'null bytes'],
    ['has more arguments than the kernel takes', ['echo', 'x'.repeat(300_000)], 'E2BIG'],
  ])('because it %s is no bug', async (_, command, cause) => {
    expect(await start('', { command }).end).toMatchObject({
      type: 'not-started',
      cause: expect.stringContaining(cause),
    });
  });
});

test('what listens to the output may throw: that comes to the caller, and the process is not left behind', async () => {
  const run = start('echo a; sleep 60', {
    onOutput: () => {
      throw new Error('bug');
    },
  });
  await expect(run.end).rejects.toThrow('bug');
  await gone(run.folder);
});

/** Runs a script through runProcess in a separate node process, and returns that process after the first output of the script. */
async function startElsewhere(script: string, onOutput: string) {
  const folder = testFolder('process');
  const program = `
    import { runProcess } from ${JSON.stringify(join(import.meta.dirname, 'run-process.ts'))};
    runProcess({
      command: ['sh', '-c', ${JSON.stringify(script)}], folder: ${JSON.stringify(folder)}, environment: { PATH: process.env.PATH },
      timeoutSeconds: 0, graceMs: 5_000, signal: new AbortController().signal,
      onOutput: text => { ${onOutput} }, onErrorOutput: () => {},
    });
  `;
  const words = ['--experimental-strip-types', '--no-warnings', '--input-type=module', '--eval', program];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  return { child, folder, exit: once(child, 'exit') };
}

test('a process whose starter exits in haste goes with it', async () => {
  const { folder, exit } = await startElsewhere('echo ready; sleep 60; sleep 60', 'process.exit(130)');
  const [status] = await exit;
  expect(status).toBe(130);
  expect(existsSync(folder)).toBe(true);
  await gone(folder);
});

test('a process whose starter is killed goes with it, and so does all of its group, though it ignores what can be ignored', async () => {
  const script = 'trap "" TERM HUP INT; sleep 60 & sh -c "sleep 60; sleep 60" & echo ready; sleep 60; sleep 60';
  const { child, folder, exit } = await startElsewhere(script, 'console.log(text)');
  await once(child.stdout, 'data');
  expect(workingIn(folder).length).toBeGreaterThanOrEqual(3);
  child.kill('SIGKILL');
  await exit;
  await gone(folder);
});
