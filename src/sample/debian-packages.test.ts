import { expect, test } from 'vitest';
import { ARCHITECTURES } from './architecture.ts';
import { isKernel, kernelMeta, kernelOf, kernelParts, SUITES, wantedOf } from './debian-packages.ts';

const { x86_64, aarch64 } = ARCHITECTURES;

test('the kernel is found through the package that depends on the newest, each for its own architecture', () => {
  const record = 'Package: linux-image-cloud-arm64\nDepends: linux-image-6.12.117+deb13-cloud-arm64 (= 6.12.117-1)\n';
  expect(kernelMeta(aarch64)).toBe('linux-image-cloud-arm64');
  expect(kernelOf(record, aarch64)).toBe('linux-image-6.12.117+deb13-cloud-arm64');
  expect(kernelOf(record, x86_64)).toBeUndefined();
  expect(isKernel('linux-image-cloud-arm64', aarch64)).toBe(false);
});

test('of a kernel that is split, all parts are taken', () => {
  const parts = ['base', 'binary', 'modules'].map(part => `linux-${part}-7.3.4+deb13-cloud-arm64`);
  const depends = parts.map(part => `${part} (= 7.3.4-1~bpo13+1)`).join(', ');
  const record = `Package: x\nDepends: dracut | initramfs-tools (>= 0.120), ${depends}\nSize: 1916\n`;
  expect(kernelParts(record, aarch64)).toEqual(parts);
  expect(kernelParts('Package: x\nDepends: kmod, linux-base (>= 4.12)\n', aarch64)).toEqual([]);
});

test('what runs on the host, and boot code that an aarch64 has no use for, is fetched for x86_64 alone', () => {
  const namesOf = (arch: typeof x86_64) => SUITES.flatMap(suite => wantedOf(suite, arch).packages);
  const arm = namesOf(aarch64);
  const onlyX86 = namesOf(x86_64).filter(name => !arm.includes(name));
  expect(onlyX86).toEqual(expect.arrayContaining(['grub-pc-bin', 'kmod', 'ovmf', 'squashfs-tools']));
  expect(arm.filter(name => !namesOf(x86_64).includes(name))).toEqual(['grub-efi-arm64-bin', 'qemu-efi-aarch64']);
});
