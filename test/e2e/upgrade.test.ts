import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { UPGRADE_PROBE, upgradeKernel } from './upgrade-machine.ts';
import { makeWorkspace } from './workspace.ts';

const IMAGES = [
  { label: '//nocloud/x86_64/uefi/tiny', format: 'qcow2' },
  { label: '//aws/x86_64/bios/tiny', format: 'vpc' },
  { label: '//aws/x86_64/uefi/tiny', format: 'vpc', full: true },
  { label: '//nocloud/x86_64/bios/tiny', format: 'qcow2', full: true },
] as const;

// Months after it was made, an image gets its next kernel: by its own apk, whose triggers make initramfs and menu.
describe('a new kernel', () => {
  const workspace = makeWorkspace(inject('sample'));
  writeFileSync(join(workspace.folder, 'scripts/upgrade-probe'), UPGRADE_PROBE, { mode: 0o755 });
  workspace.edit('configs/images.conf', text =>
    // Two kernels at a time need room, which the first boot on a real disk makes.
    text
      .replace('scripts = [setup]', 'scripts = [setup, upgrade-probe]')
      .replace('disk_size = [130]', 'disk_size = [200]'),
  );

  for (const { label, format, ...more } of IMAGES) {
    const title = `of ${label} runs with an initramfs of its own and the command line of the old`;
    it(title, 'full' in more ? { tags: ['full'] } : {}, async () => {
      const built = await workspace.aib('build', label, `${label}:boot`, '--json');
      expect(built.code, built.stdout.slice(-2_000)).toBe(0);
      const pathsOf = async (query: string) =>
        (await workspace.aib('query', query, '--output', 'files')).stdout.trim().split('\n');
      const [image = ''] = (await pathsOf(`${label}:image`)).filter(path => path !== '');
      const firmware = label.includes('/uefi/') ? await pathsOf('//firmware/x86_64') : undefined;
      const [code = '', vars = ''] = firmware ?? [];
      const upgraded = await upgradeKernel({
        ...{ image, format, repository: join(inject('sample'), 'upgrade') },
        ...(firmware === undefined ? {} : { firmware: [code, vars] as const }),
      });
      const [first = '', second = '', ...others] = upgraded.kernels;
      expect(others, upgraded.console).toEqual([]);
      expect(upgraded.apk, upgraded.console).toBe('0');
      expect(first).toMatch(/^6\.12\./);
      expect(second, upgraded.console).toMatch(/^[7-9]\./);
      const [before = '', after] = upgraded.commandLines;
      expect(before).toMatch(/^BOOT_IMAGE=\/boot\/vmlinuz-virt root=UUID=[0-9a-f-]{36} ro modules=sd-mod,/);
      expect(after).toBe(before);
      // What GRUB cannot find or do it says, and waits for a key.
      expect(upgraded.console).not.toMatch(/error: |Press any key/);
    });
  }
});
