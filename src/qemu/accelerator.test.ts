import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { probeFirmware } from './accelerator.ts';

it("the probe says yes on a processor that works: QEMU's own", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aib-probe-'));
  writeFileSync(join(folder, 'probe.bin'), probeFirmware());
  const words = [
    '-nodefaults',
    '-machine',
    'pc,accel=tcg',
    '-cpu',
    'qemu64',
    '-m',
    '16',
    '-display',
    'none',
    '-nic',
    'none',
  ];
  words.push('-bios', join(folder, 'probe.bin'), '-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04');
  const status = await new Promise(resolve => {
    execFile('qemu-system-x86_64', words, { timeout: 20_000 }, error => resolve(error?.code));
  });
  rmSync(folder, { recursive: true });
  expect(status).toBe(33);
});
