import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { runStages } from './build.ts';
import { putMachine, TEST_QEMU, TEST_WORKER, useTestFolder } from './test-machine.ts';

const JOB = {
  type: 'build',
  stages: ['base'],
  qemu: TEST_QEMU,
  arch: 'x86_64',
  machine: 'm',
  cpu: 'c',
  console: 'ttyS0',
  resultPort: 'ttyS1',
  diskMiB: 0,
  epoch: 1_725_580_800,
} as const;
const WORKER = { ...TEST_WORKER, machines: 'machines' } as const;

const BUILDS = 'echo "AIB phase boot" >&3; echo "AIB size tree 0" >&3; echo "AIB done" >&3';

/**
 * A program instead of QEMU, which records how each of its machines began. It answers like QEMU's monitor; a restored machine runs after `cont`, and
 * every machine waits for its message.
 */
function machine({ restored = BUILDS, saving = 'completed' } = {}): void {
  putMachine(`
    monitor() {
      running=false
      while read -r line <&4; do
        case $line in
          *'"query-status"'*) answer="{\\"running\\":$running,\\"status\\":\\"paused\\"}" ;;
          *'"cont"'*) running=true answer={} ;;
          *'"migrate"'*) echo "state $(wc -l <begun)" >work/machine; answer={} ;;
          *'"query-migrate"'*) answer='{"status":"${saving}"}' ;;
          *'"quit"'*) kill "$1"; exit ;;
          *'"qmp_capabilities"'*) continue ;;
          *) answer={} ;;
        esac
        printf '{"return":%s,"id":"asked"}\\n' "$answer" >&4
      done
    }
    monitor $$ &
    trap 'exit 0' TERM
    case "$*" in
      *-incoming*)
        echo "restored $(cat work/machine)" >>begun
        read -r word <&3
        ${restored}
        ;;
      *)
        echo booted >>begun
        echo "AIB ready" >&3
        read -r word <&3
        ${BUILDS}
        ;;
    esac
    kill $!
    wait`);
}

function begun(): readonly string[] {
  return readFileSync('begun', 'utf8').trim().split('\n');
}

useTestFolder();

beforeEach(() => {
  for (const name of ['guest', 'base']) mkdirSync(name);
  for (const name of ['kernel', 'initramfs', 'guest/init', 'base/target.list', 'toolbox.iso'])
    writeFileSync(name, name);
});

describe('a machine that has booted', () => {
  it('is saved, and the next one goes on from it', async () => {
    machine();
    expect(await runStages(JOB, WORKER)).toBeUndefined();
    expect(await runStages(JOB, WORKER)).toBeUndefined();
    expect(begun()).toEqual(['booted', 'restored state 1']);
    expect(readdirSync('machines')).toHaveLength(1);
  });

  it('is not kept where nobody gives a place for it', async () => {
    machine();
    const { machines: _, ...granted } = WORKER;
    expect(await runStages(JOB, granted)).toBeUndefined();
    expect(begun()).toEqual(['booted']);
    expect(existsSync('machines')).toBe(false);
  });

  it.each<[string, () => void, Partial<typeof JOB>, object]>([
    ['kernel', () => writeFileSync('kernel', 'another'), {}, {}],
    ['initramfs', () => writeFileSync('initramfs', 'another'), {}, {}],
    ['program that the kernel starts', () => writeFileSync('guest/init', 'another'), {}, {}],
    ['emulator', () => putMachine(`# another\n${readFileSync(`bin/${TEST_QEMU}`, 'utf8')}`), {}, {}],
    ['release', () => undefined, { epoch: 0 as never }, {}],
    ['size of its memory', () => undefined, {}, { memoryMiB: 128 }],
    ['number of processors', () => undefined, {}, { cpus: 2 }],
    ['accelerator', () => undefined, {}, { accelerator: 'kvm' }],
  ])('serves no machine with another %s', async (_, change, job, granted) => {
    machine();
    await runStages(JOB, WORKER);
    change();
    expect(await runStages({ ...JOB, ...job }, { ...WORKER, ...granted })).toBeUndefined();
    expect(begun()).toEqual(['booted', 'booted']);
  });

  it('is not used once a byte of it has changed, and is replaced', async () => {
    machine();
    await runStages(JOB, WORKER);
    const [name = ''] = readdirSync('machines');
    writeFileSync(`machines/${name}`, 'stale\n');
    expect(await runStages(JOB, WORKER)).toBeUndefined();
    expect(await runStages(JOB, WORKER)).toBeUndefined();
    expect(begun()).toEqual(['booted', 'booted', 'restored state 2']);
    expect(readdirSync('machines')).toHaveLength(1);
  });

  it.each([
    ['ends', 'kill $!; exit 1'],
    ['hangs', 'kill $!; exec sleep 60'],
  ])('is thrown away when it %s without a word, and a machine boots in its place', async (_, restored) => {
    machine({ restored });
    await runStages(JOB, WORKER);
    expect(await runStages(JOB, { ...WORKER, limitFactor: 0.01 })).toBeUndefined();
    expect(begun()).toEqual(['booted', 'restored state 1', 'booted']);
    expect(readdirSync('machines')).toHaveLength(1);
  });

  it('is thrown away, too, when it stops in the middle, which is no reason to build again', async () => {
    machine({ restored: 'echo "AIB phase install" >&3; kill $!; exit 1' });
    await runStages(JOB, WORKER);
    expect(await runStages(JOB, WORKER)).toMatchObject({ code: 'AIB_MACHINE_STOPPED' });
    expect(readdirSync('machines')).toEqual([]);
    expect(begun()).toEqual(['booted', 'restored state 1']);
  });

  it('outlives a build that fails by what it was told to do', async () => {
    machine({ restored: 'echo "AIB error AIB_SCRIPT it broke" >&3; echo "AIB failed" >&3' });
    await runStages(JOB, WORKER);
    expect(await runStages(JOB, WORKER)).toMatchObject({ code: 'AIB_SCRIPT' });
    expect(readdirSync('machines')).toHaveLength(1);
  });

  it('that cannot be saved builds all the same', async () => {
    machine({ saving: 'failed' });
    expect(await runStages(JOB, WORKER)).toBeUndefined();
    expect(existsSync('machines')).toBe(false);
    expect(existsSync('work/machine')).toBe(false);
  });

  it('builds where its place cannot be written to', async () => {
    machine();
    writeFileSync('machines', 'a file');
    expect(await runStages(JOB, WORKER)).toBeUndefined();
    chmodSync('machines', 0o400);
    expect(await runStages(JOB, WORKER)).toBeUndefined();
    expect(begun()).toEqual(['booted', 'booted']);
  });

  it('pushes out the one that was unused the longest, when there are eight', async () => {
    machine();
    mkdirSync('machines');
    for (let index = 0; index < 8; index += 1) {
      writeFileSync(`machines/other-${index}`, '');
      utimesSync(`machines/other-${index}`, index + 1, index + 1);
    }
    await runStages(JOB, WORKER);
    const names = readdirSync('machines');
    expect(names).toHaveLength(8);
    expect(names).not.toContain('other-0');
    expect(names).toContain('other-1');
  });
});
