import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bootImage } from './boot.ts';
import { putMachine, TEST_QEMU, TEST_WORKER, useTestFolder } from './test-machine.ts';

const JOB = {
  type: 'boot',
  qemu: TEST_QEMU,
  arch: 'x86_64',
  machine: 'm',
  cpu: 'c',
  console: 'ttyS0',
  resultPort: 'ttyS1',
  format: 'raw',
  firmware: 'bios',
  expect: 'login:',
} as const;
const WORKER = { ...TEST_WORKER, cpus: 2 } as const;

useTestFolder();

/** A program instead of QEMU, which prints its output and never ends. */
function machine(words: string): void {
  putMachine(`echo "$@" >arguments\nprintf '${words}'\nexec sleep 1000`);
}

describe('booting an image', () => {
  it('ends as soon as the console shows what is expected', async () => {
    machine('Welcome\\nlocalhost login: ');
    expect(await bootImage(JOB, WORKER)).toBeUndefined();
    expect(JSON.parse(readFileSync('out/verdict.json', 'utf8'))).toEqual({ booted: true, saw: 'login:' });
  });

  it('fails as soon as the kernel panics, with what it said', async () => {
    machine('[ 1.4] Oops: int3\\n[ 1.5] Kernel panic - not syncing: Fatal exception in interrupt\\n');
    expect(await bootImage(JOB, WORKER)).toMatchObject({
      code: 'AIB_KERNEL_PANIC',
      lines: ['[ 1.4] Oops: int3', '[ 1.5] Kernel panic - not syncing: Fatal exception in interrupt'],
    });
    expect(existsSync('out/verdict.json')).toBe(false);
  });

  it('ends at once when what the machine writes cannot be kept', async () => {
    putMachine(
      `printf '%s\\n' '{"event":"BLOCK_IO_ERROR","data":{"reason":"Disk quota exceeded"}}' >&4; exec sleep 1000`,
    );
    expect(await bootImage(JOB, WORKER)).toMatchObject({
      code: 'AIB_STORE_FULL',
      what: expect.stringMatching(/quota/),
    });
    expect(existsSync('out/verdict.json')).toBe(false);
  });

  it('says that the login prompt took too long, and what gives it more time', async () => {
    machine('Welcome\\n');
    const problem = await bootImage(JOB, { ...WORKER, limits: { login: 0.2 }, limitFactor: 2 });
    expect(problem).toMatchObject({ code: 'AIB_TIMEOUT', what: 'phase login took longer than 0.4 s' });
    expect(problem?.hint).toMatch(/qemu\.timeouts\.login .*--limit-factor/);
  });

  it.each([
    ['uefi', true],
    ['bios', false],
  ])('of %s gives the machine the firmware of the job: %s', async (firmware, isGiven) => {
    machine('login:');
    expect(await bootImage({ ...JOB, firmware }, WORKER)).toBeUndefined();
    const given = readFileSync('arguments', 'utf8');
    for (const drive of ['unit=0,readonly=on,file=firmware/code.fd', 'unit=1,file=firmware/vars.fd'])
      expect(given.includes(`if=pflash,format=raw,${drive}`)).toBe(isGiven);
  });

  it('emulates all processors on one thread', async () => {
    machine('login:');
    await bootImage(JOB, WORKER);
    expect(readFileSync('arguments', 'utf8')).toMatch(/ -accel tcg,thread=single .*-smp 2 /);
  });
});
