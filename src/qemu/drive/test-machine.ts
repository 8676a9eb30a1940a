/** For tests of the driver: an empty working folder, and a program instead of QEMU. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** The program's name, for the job. */
export const TEST_QEMU = 'qemu-of-the-test';

/** Small, ordinary resources for the machine of a test. */
export const TEST_WORKER = {
  accelerator: 'tcg',
  cpus: 1,
  memoryMiB: 64,
  limits: {},
  limitFactor: 1,
  clockOffset: 0,
  diskCache: 'unsafe',
} as const;

/** Each test of the file runs in its own folder, with the program's folder first on PATH. */
export function useTestFolder(): void {
  let folder = '';
  let before: { readonly cwd: string; readonly path: string | undefined };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aib-drive-'));
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
}

/** Installs the program, a shell script. */
export function putMachine(script: string): void {
  writeFileSync(`bin/${TEST_QEMU}`, `#!/bin/sh\n${script}\n`);
  chmodSync(`bin/${TEST_QEMU}`, 0o755);
}
