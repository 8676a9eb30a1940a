import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runHost } from './host.ts';
import { makeSampleMirror } from './make-sample-mirror.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'aib-make-'));
});
afterEach(() => rm(dir, { recursive: true }));

const files = join(import.meta.dirname, 'files');
const log = () => {};

test('a folder that holds something else is left alone', async () => {
  await writeFile(join(dir, 'thesis.txt'), 'years of work');
  const made = await makeSampleMirror(dir, { files, log });
  expect(made).toMatchObject({ ok: false, error: { code: 'AIB_SAMPLE_IN_THE_WAY', where: dir } });
  expect(await readdir(dir)).toEqual(['thesis.txt']);
});

test.skipIf(process.platform !== 'linux' || process.arch !== 'x64')(
  'a userland that is none is refused before anything is fetched',
  async () => {
    const userland = join(dir, 'userland.tar.gz');
    await writeFile(userland, 'nothing');
    const made = await makeSampleMirror(join(dir, 'mirror'), { files, userland, log });
    expect(made).toMatchObject({ ok: false, error: { code: 'AIB_BAD_USERLAND', where: userland } });
    expect(await readdir(dir)).toEqual(['userland.tar.gz']);
  },
);

test.skipIf(process.platform !== 'linux' || process.arch !== 'x64')(
  'a userland for aarch64 is read only where that is served',
  async () => {
    const userlandArm = join(dir, 'userland.tar.gz');
    await writeFile(userlandArm, 'nothing');
    const asked = { files, userlandArm, userland: join(dir, 'none'), log };
    const without = await makeSampleMirror(join(dir, 'mirror'), asked);
    expect(without).toMatchObject({ ok: false, error: { where: asked.userland } });
    const { userland: _none, ...arm } = asked;
    const made = await makeSampleMirror(join(dir, 'mirror'), { ...arm, aarch64: true });
    expect(made).toMatchObject({ ok: false, error: { code: 'AIB_BAD_USERLAND', where: userlandArm } });
  },
);

test('a program that the host lacks is named, with what kind of machine has it', async () => {
  const ran = await runHost('aib-no-such-program', []);
  expect(ran).toMatchObject({
    ok: false,
    error: {
      code: 'AIB_SAMPLE_HOST',
      what: expect.stringContaining('aib-no-such-program'),
      hint: expect.stringContaining('debian-archive-keyring'),
    },
  });
});

test('a program that fails shows its last lines', async () => {
  const ran = await runHost('sh', ['-c', 'echo one; echo two >&2; exit 3']);
  expect(ran).toMatchObject({ ok: false, error: { code: 'AIB_SAMPLE_COMMAND', output: ['one', 'two'] } });
});

test('an abort ends the program and says so', async () => {
  const abort = new AbortController();
  const running = runHost('sleep', ['30'], { signal: abort.signal });
  abort.abort();
  expect(await running).toMatchObject({ ok: false, error: { code: 'AIB_CANCELLED' } });
});
