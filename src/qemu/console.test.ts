import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runConsole } from './console.ts';
import { putMachine, TEST_QEMU, useTestFolder } from './drive/test-machine.ts';

useTestFolder();

const show = (signal: AbortSignal) => runConsole({ program: TEST_QEMU, arguments: ['-x'], temporary: '/tmp', signal });
const NEVER = new AbortController().signal;
/** The requests on the monitor, up to the end. */
const OBEY = 'while read -r line; do echo "$line" >>asked; case $line in *quit*) exit 0 ;; esac; done <&3';
const asked = (): readonly string[] => readFileSync('asked', 'utf8').trimEnd().split('\n');

test('a machine that ends by itself is no failure', async () => {
  putMachine('echo "$TMPDIR" "$@" >arguments');
  expect(await show(NEVER)).toEqual({ ok: true, value: undefined });
  expect(readFileSync('arguments', 'utf8')).toMatch(/^\/tmp -x -chardev socket,id=monitor,fd=3 /);
});

test('a machine that cannot start is a failure, so that aib run does not end with 0', async () => {
  putMachine('exit 1');
  const error = { code: 'AIB_NO_QEMU', what: `${TEST_QEMU} ended with exit status 1` };
  expect(await show(NEVER)).toMatchObject({ ok: false, error });
});

test('a machine whose disk is full is asked to end, and the failure names the remedy', async () => {
  putMachine(`printf '%s\\n' '{"event":"BLOCK_IO_ERROR","data":{"reason":"No space left on device"}}' >&3; ${OBEY}`);
  const error = { code: 'AIB_STORE_FULL', where: '/tmp', hint: expect.stringMatching(/TMPDIR/) };
  expect(await show(NEVER)).toMatchObject({ ok: false, error });
  expect(asked()).toEqual(['{"execute":"qmp_capabilities"}', '{"execute":"quit"}']);
});

test.each([
  ['is asked to end', OBEY],
  ['is ended if it does not heed that', 'echo "{}" >asked; exec sleep 1000'],
])('a machine whose user interrupts aib %s', async (_, script) => {
  putMachine(script);
  const stop = new AbortController();
  const shown = show(stop.signal);
  await expect.poll(asked.bind(undefined), { timeout: 5_000 }).not.toEqual([]);
  stop.abort();
  expect(await shown).toEqual({ ok: true, value: undefined });
});

test('where there is no QEMU that is said', async () => {
  expect(
    await runConsole({ program: 'qemu-that-is-not-there', arguments: [], temporary: '/tmp', signal: NEVER }),
  ).toMatchObject({
    ok: false,
    error: { code: 'AIB_NO_QEMU' },
  });
});
