import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { buildDisk } from './disk.ts';
import { putMachine, TEST_QEMU, useTestFolder } from './test-machine.ts';

const JOB = {
  type: 'disk',
  qemu: TEST_QEMU,
  machine: 'm',
  cpu: 'c',
  diskMiB: 1,
  epoch: 1_725_580_800,
} as const;
const WORKER = { accelerator: 'tcg', cpus: 1, memoryMiB: 64 } as const;

useTestFolder();

beforeEach(() => {
  for (const name of ['guest', 'packages', 'toolbox']) mkdirSync(name);
  for (const name of ['kernel', 'initramfs', 'overlay.tar', 'guest/init', 'packages/world', 'toolbox/list'])
    writeFileSync(name, name);
});

/** A program in QEMU's place; it notes each start, and descriptor 3 is the result port. */
function machine(script: string): void {
  putMachine(`echo start >>starts\n${script}`);
}

function starts(): number {
  return readFileSync('starts', 'utf8').split('\n').length - 1;
}

describe('the driver', () => {
  it('believes the word on the result port, not how QEMU ended', async () => {
    machine('echo "AIB phase boot" >&3; echo "AIB size 5" >&3; echo "AIB done" >&3; exit 9');
    expect(await buildDisk(JOB, WORKER)).toBeUndefined();
    expect(readFileSync('out/installed').byteLength).toBe(5);
  });

  it('gives on what the guest says of a failure', async () => {
    machine(
      'echo "AIB phase boot" >&3; echo "AIB error AIB_SCRIPT it broke" >&3; echo "AIB | last line" >&3; echo "AIB failed" >&3',
    );
    expect(await buildDisk(JOB, WORKER)).toEqual({ code: 'AIB_SCRIPT', what: 'it broke', lines: ['last line'] });
    expect(starts()).toBe(1);
  });

  it('starts a machine again that ended before the guest program began', async () => {
    machine(
      '[ "$(wc -l <starts)" -gt 1 ] || exit 0; echo "AIB phase boot" >&3; echo "AIB size 0" >&3; echo "AIB done" >&3',
    );
    expect(await buildDisk(JOB, WORKER)).toBeUndefined();
    expect(starts()).toBe(2);
  });

  it('gives up when that happens twice', async () => {
    machine('exit 0');
    expect(await buildDisk(JOB, WORKER)).toMatchObject({ code: 'AIB_MACHINE_STOPPED' });
    expect(starts()).toBe(2);
  });

  it('never starts a machine again that ended in silence once the guest program had begun', async () => {
    machine('echo "AIB phase install" >&3; echo "Kernel panic"');
    expect(await buildDisk(JOB, WORKER)).toMatchObject({ code: 'AIB_MACHINE_STOPPED', lines: ['Kernel panic'] });
    expect(starts()).toBe(1);
  });

  it('names the remedy where there is no QEMU', async () => {
    expect(await buildDisk({ ...JOB, qemu: 'qemu-that-is-not-there' }, WORKER)).toMatchObject({ code: 'AIB_NO_QEMU' });
  });
});
