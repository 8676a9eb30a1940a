import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { PHASES } from '../../config/tree/phase-limits.ts';
import { aibHome } from '../../util/files/home.ts';
import { runStages } from './build.ts';
import { putMachine, TEST_QEMU, TEST_WORKER, useTestFolder } from './test-machine.ts';
import { workerFromEnvironment } from './worker.ts';

const JOB = {
  type: 'build',
  stages: ['tree', 'disk'],
  qemu: TEST_QEMU,
  arch: 'x86_64',
  machine: 'm',
  cpu: 'c',
  console: 'ttyS0',
  resultPort: 'ttyS1',
  diskMiB: 1,
  epoch: 1_725_580_800,
} as const;

const GRANTED = { AIB_WORKER_LIMITS: 'boot=60 install=0.1', AIB_WORKER_LIMIT_FACTOR: '3' };

useTestFolder();

beforeEach(() => {
  for (const name of ['guest', 'packages']) mkdirSync(name);
  for (const name of ['kernel', 'initramfs', 'overlay.tar', 'guest/init', 'packages/world', 'toolbox.iso', 'tree'])
    writeFileSync(name, name);
});

/** A program instead of QEMU; it records each start, and descriptor 3 is the result port. */
function machine(script: string): void {
  putMachine(`echo start >>starts\n${script}`);
}

/** An event of QEMU's monitor, which is descriptor 4. */
function monitorSays(reason: string): string {
  const data = JSON.stringify({ event: 'BLOCK_IO_ERROR', data: { reason, action: 'report', operation: 'write' } });
  return `printf '%s\\n' '{"QMP": {}}' '${data}' >&4`;
}

function starts(): number {
  return readFileSync('starts', 'utf8').split('\n').length - 1;
}

describe('the driver', () => {
  it('believes the word on the result port, not how QEMU ended', async () => {
    machine('echo "AIB phase boot" >&3; echo "AIB size installed 5" >&3; echo "AIB done" >&3; exit 9');
    expect(await runStages(JOB, TEST_WORKER)).toBeUndefined();
    expect(readFileSync('out/installed').byteLength).toBe(5);
    // 1 MiB of zeros: the header and the map alone.
    expect(readFileSync('out/disk').byteLength).toBe(1_024);
  });

  it('asks QEMU to end when the guest has said its word', async () => {
    machine('echo "AIB size installed 0" >&3; echo "AIB done" >&3; head -n 2 <&4 >asked');
    expect(await runStages(JOB, TEST_WORKER)).toBeUndefined();
    expect(readFileSync('asked', 'utf8')).toContain('{"execute":"quit"}');
  });

  it('does not take a disk of a QEMU that was killed before it had written all of it', async () => {
    machine('echo "AIB phase finish" >&3; echo "AIB size installed 0" >&3; echo "AIB done" >&3; kill -s SEGV $$');
    expect(await runStages(JOB, TEST_WORKER)).toMatchObject({
      code: 'AIB_MACHINE_STOPPED',
      what: expect.stringMatching(/killed by SIGSEGV/),
    });
  });

  it('gives on what the guest says of a failure', async () => {
    machine(
      'echo "AIB phase boot" >&3; echo "AIB error AIB_SCRIPT it broke" >&3; echo "AIB | last line" >&3; echo "AIB failed" >&3',
    );
    expect(await runStages(JOB, TEST_WORKER)).toEqual({ code: 'AIB_SCRIPT', what: 'it broke', lines: ['last line'] });
    expect(starts()).toBe(1);
  });

  it('starts a machine again that ended before the guest program began', async () => {
    machine(
      '[ "$(wc -l <starts)" -gt 1 ] || exit 0; echo "AIB phase boot" >&3; echo "AIB size installed 0" >&3; echo "AIB done" >&3',
    );
    expect(await runStages(JOB, TEST_WORKER)).toBeUndefined();
    expect(starts()).toBe(2);
  });

  it('gives up when that happens twice', async () => {
    machine('exit 0');
    expect(await runStages(JOB, TEST_WORKER)).toMatchObject({ code: 'AIB_MACHINE_STOPPED' });
    expect(starts()).toBe(2);
  });

  it('never starts a machine again that ended in silence once the guest program had begun', async () => {
    machine('echo "AIB phase install" >&3; echo "Kernel panic"');
    expect(await runStages(JOB, TEST_WORKER)).toMatchObject({ code: 'AIB_MACHINE_STOPPED', lines: ['Kernel panic'] });
    expect(starts()).toBe(1);
  });

  it.each([
    ['No space left on device', 'AIB_STORE_FULL', 'free some space, or choose a roomier place with --cache DIR'],
    ['File too large', 'AIB_STORE_FULL', /ulimit -f/],
    ['Input/output error', 'AIB_STORE_ACCESS', undefined],
  ])('ends the machine at once when its disk fails with %s, whatever the guest says', async (reason, code, hint) => {
    machine(
      `${monitorSays(reason)}; echo "AIB phase boot" >&3; echo "AIB size installed 0" >&3; echo "AIB done" >&3; exec sleep 60`,
    );
    const problem = await runStages(JOB, TEST_WORKER);
    expect(problem).toMatchObject({ code, lines: [`the machine's disk: ${reason}`] });
    if (hint !== undefined) expect(problem?.hint).toMatch(hint);
    expect(starts()).toBe(1);
  });

  it('asks QEMU to tell of what cannot be written', async () => {
    machine('echo "$@" >arguments; head -n 1 <&4 >asked; echo "AIB size installed 0" >&3; echo "AIB done" >&3');
    expect(await runStages(JOB, TEST_WORKER)).toBeUndefined();
    expect(readFileSync('asked', 'utf8')).toBe('{"execute":"qmp_capabilities"}\n');
    const drives = readFileSync('arguments', 'utf8')
      .split(' ')
      .filter(word => word.startsWith('if=virtio'));
    expect(drives).toHaveLength(5);
    for (const drive of drives) expect(drive).toMatch(/werror=report,rerror=report|readonly=on/);
  });

  it('says that the disk is full when QEMU cannot even open a file', async () => {
    machine(
      'echo "qemu: -drive file=work/disk.qcow2: Could not open \'work/disk.qcow2\': Too many open files" >&2; exit 1',
    );
    expect(await runStages(JOB, TEST_WORKER)).toMatchObject({
      code: 'AIB_STORE_FULL',
      hint: expect.stringMatching(/ulimit -n/),
    });
    expect(starts()).toBe(1);
  });

  it('says that a file grew too large when the kernel ends QEMU for it', async () => {
    machine('kill -s XFSZ $$');
    expect(await runStages(JOB, TEST_WORKER)).toMatchObject({
      code: 'AIB_STORE_FULL',
      hint: expect.stringMatching(/ulimit -f/),
    });
  });

  it('gives each phase the time that it was granted, and says which one took longer, with the setting', async () => {
    machine('echo "AIB phase boot" >&3; echo "AIB phase install" >&3; echo "still here"; exec sleep 60');
    const granted = { ...TEST_WORKER, ...workerFromEnvironment(GRANTED) };
    expect(granted).toMatchObject({ limits: { boot: 60, install: 0.1 }, limitFactor: 3 });
    const problem = await runStages(JOB, granted);
    expect(problem).toMatchObject({ code: 'AIB_TIMEOUT', lines: ['still here'] });
    expect(problem?.what).toMatch(/^phase install took longer than 0\.3\d* s$/);
    expect(problem?.hint).toMatch(/qemu\.timeouts\.install .*--limit-factor/);
    expect(starts()).toBe(1);
  });

  it('knows no phase of the guest that has no setting', () => {
    const files = readdirSync(join(aibHome(), 'src/guest'), { recursive: true, withFileTypes: true });
    const guest = files
      .filter(file => file.isFile())
      .map(file => readFileSync(join(file.parentPath, file.name), 'utf8'));
    const said = new Set([...guest.join('\n').matchAll(/^ *report "phase (\w+)"$/gm)].map(([, phase]) => phase));
    expect([...said, 'login'].sort()).toEqual([...PHASES].sort());
  });

  it('names the remedy where there is no QEMU', async () => {
    expect(await runStages({ ...JOB, qemu: 'qemu-that-is-not-there' }, TEST_WORKER)).toMatchObject({
      code: 'AIB_NO_QEMU',
    });
  });
});
