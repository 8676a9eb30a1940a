import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ToolState } from '../../qemu/host-tools.ts';
import { checkMachine, type Machine, type MachineCheckOptions } from './machine-check.ts';

const GIB = 1024 ** 3;
const qemu: ToolState = {
  tool: 'qemu-system-x86_64',
  need: 'always',
  purpose: 'builds disks',
  found: '/usr/bin/qemu-system-x86_64',
  version: '9.2.0',
  remedy: 'run ./setup',
};
const lost = (need: ToolState['need'], tool: string): ToolState => ({
  tool,
  need,
  purpose: 'does its part',
  problem: 'not found on PATH',
  remedy: `bring ${tool}`,
});

test('a machine that has everything passes, and nothing is to do', async () => {
  const { code, text } = await examine({});
  expect(code).toBe(0);
  expect(text).toMatch(/^ok +qemu-system-x86_64 +builds disks +9.2.0 {2}\/usr\/bin\/qemu-system-x86_64$/m);
  expect(text).toMatch(/^ok +accelerator .* kvm$/m);
  expect(text).not.toContain('To do');
});

test('a missing tool that every build needs fails and names its remedy', async () => {
  const { code, text } = await examine({ tools: [qemu, lost('always', 'qemu-img')] });
  expect(code).toBe(1);
  expect(text).toMatch(/^missing +qemu-img +does its part +not found on PATH$/m);
  expect(text).toMatch(/To do:\n {2}qemu-img +bring qemu-img\n$/);
});

test('missing tools of the sample mirror and optional ones are notes with a remedy, and pass', async () => {
  const { code, text } = await examine({
    tools: [qemu, lost('sample', 'xz'), lost('optional', 'qemu-system-aarch64')],
  });
  expect(code).toBe(0);
  expect(text).toMatch(/^note +xz +for the sample mirror: does its part +not found on PATH$/m);
  expect(text).toMatch(/^note +qemu-system-aarch64 +optional: does its part +not found on PATH$/m);
  expect(text).toContain('bring xz');
});

test('a missing part of an npm package fails with its reason, unless only development needs it', async () => {
  const part = { name: '@esbuild/linux-x64', of: 'esbuild', why: 'npm left it out', dev: false };
  const lacking = await examine({ missingParts: [part, { ...part, name: '@oxlint/linux-x64', dev: true }] });
  expect(lacking.code).toBe(1);
  expect(lacking.text).toMatch(/^missing +npm packages .* @esbuild\/linux-x64 missing: npm left it out$/m);
  expect(lacking.text).toMatch(/To do:\n {2}npm packages +run \.\/setup/);
  const enough = await examine({ missingParts: [{ ...part, dev: true }] });
  expect(enough.code).toBe(0);
  expect(enough.text).toMatch(/^ok +npm packages .* complete$/m);
});

test('too little disk or memory fails and says how much there is', async () => {
  const disk = await examine({ freeDisk: () => GIB });
  expect(disk.code).toBe(1);
  expect(disk.text).toMatch(/^missing +disk .* 1.0 GiB free$/m);
  expect(disk.text).toContain('--cache DIR');
  const memory = await examine({ availableMemory: 0.5 * GIB });
  expect(memory.code).toBe(1);
  expect(memory.text).toMatch(/^missing +memory .* 512.0 MiB available$/m);
});

test('emulation is a note with its reason', async () => {
  const { code, text } = await examine({}, async () => ({ accelerator: 'tcg', reason: '/dev/kvm is not there' }));
  expect(code).toBe(0);
  expect(text).toMatch(/^note +accelerator .* tcg: \/dev\/kvm is not there$/m);
});

test('the accelerator is probed once, and not at all where QEMU lacks', async () => {
  let probes = 0;
  const probe: Probe = async () => {
    probes += 1;
    return { accelerator: 'kvm', reason: '' };
  };
  await examine({ tools: [lost('always', 'qemu-system-x86_64')] }, probe);
  expect(probes).toBe(0);
  await examine({}, probe);
  expect(probes).toBe(1);
});

test('the store is looked for where it was asked for, and need not exist yet', async () => {
  const asked: string[] = [];
  const freeDisk = (folder: string) => {
    asked.push(folder);
    return 10 * GIB;
  };
  await examine({ freeDisk });
  expect(asked).toEqual(['/store']);

  let text = '';
  const write = (more: string) => {
    text += more;
  };
  await checkMachine({
    cacheFolder: join(tmpdir(), 'aib-doctor-no-such-folder', 'store'),
    probeAccelerator: kvm,
    write,
  });
  expect(text).toMatch(/ disk .* [\d.]+ [KMGT]iB free$/m);
  expect(text).toMatch(/^ok +node .* \d+\.\d+\.\d+/m);
});

type Probe = MachineCheckOptions['probeAccelerator'];
const kvm: Probe = async () => ({ accelerator: 'kvm', reason: '' });
const healthy: Machine = { tools: [qemu], missingParts: [], freeDisk: () => 10 * GIB, availableMemory: 4 * GIB };

async function examine(
  machine: Partial<Machine>,
  probeAccelerator = kvm,
): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  const code = await checkMachine({
    cacheFolder: '/store',
    machine: { ...healthy, ...machine },
    probeAccelerator,
    write,
  });
  return { code, text };
}
