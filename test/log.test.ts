/** `aib log` from a user's view, for runs that failed because there was no mirror. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeExampleProject } from './example-project.ts';
import { runAib } from './run-aib.ts';

const folder = makeExampleProject();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const aib = (...words: readonly string[]) => runAib(folder, words);

const OVERLAY = '//aws/x86_64/uefi/tiny@3.20:overlay';
const records = (text: string): unknown[] => text.split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line)]));

describe('aib log', () => {
  test('before anything was built says so, and makes no store', async () => {
    expect(await aib('log')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('AIB_NO_RUN') });
  });

  test('lists runs, and shows what ran in each, what was up to date and what was skipped', async () => {
    expect((await aib('build', '//aws/x86_64/uefi/tiny:overlay')).code).toBe(0);
    // The mirror does not answer, so only the overlay can be built.
    expect((await aib('build', '-k', '//aws/x86_64/uefi/tiny:packages', OVERLAY)).code).toBe(1);
    const runs = records((await aib('log', '--json')).stdout);
    expect(runs).toMatchObject([
      { id: 2, status: 'failed', ran: 0, hits: 1, command: `build -k //aws/x86_64/uefi/tiny:packages ${OVERLAY}` },
      { id: 1, status: 'done', ran: 1, hits: 0, failed: 0 },
    ]);
    const list = (await aib('log')).stdout.split('\n');
    expect(list[0]).toMatch(/^run +when +status +ran +hits +failed +took +command$/);
    expect(list[2]).toMatch(/^ +1 .* done +1 +0 +0 /);
    const second = (await aib('log', '2')).stdout;
    expect(second).toContain('[AIB_MIRROR_UNREACHABLE]');
    expect(second).toMatch(/^skipped because of \/\/package\/.*: \/\/aws\/x86_64\/uefi\/tiny@3.20:packages$/m);
    expect(records((await aib('log', '2', '--json')).stdout)).toMatchObject([
      { run: { id: 2 }, unrun: { hits: [OVERLAY] } },
    ]);
  });

  test('shows a log by a label with or without its version', async () => {
    for (const label of [OVERLAY, '//aws/x86_64/uefi/tiny:overlay']) {
      const ended = await aib('log', label);
      expect(ended.stderr).toMatch(/done after .*; it ran because never built here/);
      expect(records((await aib('log', label, '--json')).stdout)).toMatchObject([{ label: OVERLAY, status: 'done' }]);
    }
    expect(await aib('log', '//aws/x86_64/bios/tiny:disk')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('AIB_NO_LOG'),
    });
  });

  test('tells the critical path, the difference of two runs, and where the trace is', async () => {
    expect((await aib('log', 'critical-path', '1')).stdout).toContain(`overlay ${OVERLAY}`);
    expect(records((await aib('log', 'critical-path', '--json')).stdout)).toMatchObject([{ run: { id: 2 } }]);
    expect((await aib('log', 'diff', '1', '2')).stdout).toMatch(
      new RegExp(`^ran only in 1; in 2:\n +overlay ${OVERLAY} .* up to date`, 'm'),
    );
    expect(await aib('log', 'trace', '1')).toEqual({
      code: 0,
      stdout: `${join(folder, '.cache/runs/1/trace.json')}\n`,
      stderr: '',
    });
  });

  test('says what it wants when it gets something else', async () => {
    for (const words of [['nonsense'], ['diff', '1'], ['1', '2'], ['critical-path', '1', '2']])
      expect(await aib('log', ...words)).toMatchObject({ code: 2, stderr: expect.stringContaining('AIB_USAGE') });
    for (const words of [['99'], ['diff', '1', '99'], ['trace', 'x']])
      expect(await aib('log', ...words)).toMatchObject({ code: 1, stderr: expect.stringContaining('AIB_NO_RUN') });
  });
});
