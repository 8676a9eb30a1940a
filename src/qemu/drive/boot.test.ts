import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootImage } from './boot.ts';

const JOB = {
  type: 'boot',
  qemu: 'qemu-of-the-test',
  machine: 'm',
  cpu: 'c',
  format: 'raw',
  firmware: 'bios',
  expect: 'login:',
  limitSeconds: 60,
} as const;
const WORKER = { accelerator: 'tcg', cpus: 2, memoryMiB: 64 } as const;

let folder: string;
let before: { readonly cwd: string; readonly path: string | undefined };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aib-boot-'));
  mkdirSync(join(folder, 'bin'));
  before = { cwd: process.cwd(), path: process.env.PATH };
  process.chdir(folder);
  process.env.PATH = `${join(folder, 'bin')}${delimiter}${before.path}`;
});

afterEach(() => {
  process.chdir(before.cwd);
  process.env.PATH = before.path;
  rmSync(folder, { recursive: true });
});

/** A program in QEMU's place, that goes on for ever once it has said its words. */
function machine(words: string): void {
  writeFileSync('bin/qemu-of-the-test', `#!/bin/sh\necho "$@" >arguments\nprintf '${words}'\nexec sleep 1000\n`);
  chmodSync('bin/qemu-of-the-test', 0o755);
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

  it('emulates all processors on one thread', async () => {
    machine('login:');
    await bootImage(JOB, WORKER);
    expect(readFileSync('arguments', 'utf8')).toMatch(/ -accel tcg,thread=single .*-smp 2 /);
  });
});
