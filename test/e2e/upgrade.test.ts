import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { UPGRADE_PROBE, type Upgraded, upgradeKernel } from './upgrade-machine.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

interface Image {
  readonly label: string;
  /** QEMU's name of the format. */
  readonly format: 'qcow2' | 'vpc';
  /** Only with --full. */
  readonly full?: true;
}

const IMAGES: readonly Image[] = [
  { label: '//nocloud/x86_64/uefi/tiny', format: 'qcow2' },
  { label: '//aws/x86_64/bios/tiny', format: 'vpc', full: true },
  { label: '//aws/x86_64/uefi/tiny', format: 'vpc', full: true },
  { label: '//nocloud/x86_64/bios/tiny', format: 'qcow2', full: true },
];
/** With Alpine's own packages: userland, OpenRC, Tiny Cloud, sshd, chrony. */
const REAL_IMAGES: readonly Image[] = [
  { label: '//nocloud/x86_64/uefi/tiny@3.19', format: 'qcow2', full: true },
  { label: '//nocloud/x86_64/bios/tiny@3.19', format: 'qcow2', full: true },
];

/** A real userland needs much time on a busy machine with emulation. */
const FULL = { tags: ['full'], timeout: 1_800_000 };

function workspaceWithProbe(sample: string): TestWorkspace {
  const workspace = makeWorkspace(sample);
  writeFileSync(join(workspace.folder, 'scripts/upgrade-probe'), UPGRADE_PROBE, { mode: 0o755 });
  workspace.edit('configs/images.conf', text =>
    text
      .replace('scripts = [setup]', 'scripts = [setup, upgrade-probe]')
      // Two kernels at a time need more space, which the first boot on a real disk makes available.
      .replace('disk_size = [130]', 'disk_size = [200]'),
  );
  return workspace;
}

async function buildAndUpgrade(workspace: TestWorkspace, sample: string, { label, format }: Image): Promise<Upgraded> {
  const built = await workspace.aib('build', label, `${label}:boot`, '--json');
  expect(built.code, built.stdout.slice(-2_000)).toBe(0);
  const pathsOf = async (query: string) =>
    (await workspace.aib('query', query, '--output', 'files')).stdout.split('\n').filter(path => path !== '');
  const [image = ''] = await pathsOf(`${label}:image`);
  const [code, vars] = label.includes('/uefi/') ? await pathsOf('//firmware/x86_64') : [];
  return upgradeKernel({
    ...{ image, format, repository: join(sample, 'upgrade') },
    ...(code === undefined || vars === undefined ? {} : { firmware: [code, vars] as const }),
  });
}

function expectUpgraded(upgraded: Upgraded): void {
  const { console } = upgraded;
  const [first = '', second = '', ...others] = upgraded.kernels;
  expect(upgraded.apk, console).toBe('0');
  expect(first).toMatch(/^6\.12\./);
  // It mounted its root with a driver that is only in its own initramfs.
  expect(second, console).toMatch(/^[7-9]\./);
  expect(others).toEqual([]);
  const [before = '', after] = upgraded.commandLines;
  expect(before).toMatch(/^BOOT_IMAGE=\/boot\/vmlinuz-virt root=UUID=[0-9a-f-]{36} ro modules=sd-mod,/);
  expect(after).toBe(before);
  // GRUB reports errors and then waits for a key.
  expect(console).not.toMatch(/error: |Press any key/);
}

// Months after it was made, an image gets its next kernel from its own apk; the triggers make initramfs and menu.
describe('a new kernel runs with an initramfs of its own and the command line of the old one', () => {
  const workspace = workspaceWithProbe(inject('sample'));
  for (const image of IMAGES) {
    it(`in ${image.label}`, image.full === true ? FULL : {}, async () => {
      expectUpgraded(await buildAndUpgrade(workspace, inject('sample'), image));
    });
  }
});

describe("the same of Alpine's own packages", () => {
  const sample = inject('realSample');
  const workspace = workspaceWithProbe(sample ?? '');
  for (const image of REAL_IMAGES) {
    it(`in ${image.label}`, image.full === true ? FULL : {}, async context => {
      if (sample === undefined) return context.skip('AIB_PACKAGES names no packages of Alpine');
      const upgraded = await buildAndUpgrade(workspace, sample, image);
      expectUpgraded(upgraded);
      expect(upgraded.console).toContain('OpenRC 0.52.1 is starting up');
      // The kernel is Debian's and does not call a program for its events; nothing else may fail.
      const failed = [...upgraded.console.matchAll(/[^*]*\[ !! \]/g)].map(([text]) => text);
      expect(failed.filter(text => !text.includes('/proc/sys/kernel/hotplug'))).toEqual([]);
      // Tiny Cloud writes the interfaces that it finds, unless the image has interfaces.
      expect(upgraded.console).toContain('set_default_interfaces: starting');
      expect(upgraded.console).not.toContain('set_default_interfaces: already set up');
    });
  }
});
