/**
 * Which Debian packages the sample mirror is made of, by release of Debian and by architecture. Names only: which version of each it is depends
 * on the day that they are fetched.
 */
import type { Architecture } from './architecture.ts';

/** A release of Debian, as its mirrors name it. */
export type Suite = 'trixie' | 'bookworm' | 'trixie-backports';
export const SUITES: readonly Suite[] = ['trixie', 'bookworm', 'trixie-backports'];

interface Wanted {
  readonly packages: readonly string[];
  /** Also the kernel: its package, whose name has its version, is found through another one. */
  readonly kernel: boolean;
}

/** What the packages of every architecture are made of. */
const SERVED = [
  ...['busybox-static', 'dosfstools', 'e2fsprogs', 'fdisk', 'grub-common', 'libacl1', 'libblkid1', 'libc6'],
  ...[
    'libcom-err2',
    'libcap2',
    'libdevmapper1.02.1',
    'libext2fs2t64',
    'libfdisk1',
    'liblzma5',
    'libpcre2-8-0',
    'libreadline8t64',
  ],
  ...['libselinux1', 'libsmartcols1', 'libss2', 'libtinfo6', 'libudev1', 'libuuid1', 'mtools', 'tar', 'tzdata'],
];
/** What of it only one of them has. The programs and libraries that are not served run on the host, which is an amd64. */
const OWN = {
  amd64: [
    ...['grub-efi-amd64-bin', 'grub-pc-bin', 'ovmf'],
    ...['kmod', 'libkmod2', 'liblz4-1', 'liblzo2-2', 'libssl3t64', 'libzstd1', 'squashfs-tools', 'zlib1g'],
  ],
  arm64: ['grub-efi-arm64-bin', 'qemu-efi-aarch64'],
} as const satisfies Readonly<Record<Architecture['debian'], readonly string[]>>;

export function wantedOf(suite: Suite, arch: Architecture): Wanted {
  switch (suite) {
    // What nearly all is made of.
    case 'trixie':
      return { packages: [...SERVED, ...OWN[arch.debian]], kernel: true };
    // e2fsprogs 1.47.0, which cannot make the same file system twice
    case 'bookworm':
      return { packages: ['e2fsprogs', 'libcom-err2', 'libext2fs2', 'libss2'], kernel: false };
    // a newer kernel, for an upgrade
    case 'trixie-backports':
      return { packages: [], kernel: true };
  }
}

/** The package that depends on the newest kernel. */
export function kernelMeta(arch: Architecture): string {
  return `linux-image-cloud-${arch.debian}`;
}

export function isKernel(name: string, arch: Architecture): boolean {
  return /^linux-image-\d/.test(name) && name.endsWith(`-cloud-${arch.debian}`);
}

/** The kernel that a record of the archive depends on. */
export function kernelOf(record: string, arch: Architecture): string | undefined {
  return dependencies(record).find(name => isKernel(name, arch));
}

/** Newer kernels are split: image, configuration and modules lie in packages that the first one only names. */
export function kernelParts(record: string, arch: Architecture): readonly string[] {
  return dependencies(record).filter(
    name => /^linux-(base|binary|modules)-\d/.test(name) && name.endsWith(`-cloud-${arch.debian}`),
  );
}

/** `Depends: a, b (= 1) | c` → a, b, c */
function dependencies(record: string): readonly string[] {
  const depends = /^Depends: (.*)$/m.exec(record)?.[1] ?? '';
  return depends.split(/[,|]/).map(word => word.trim().replace(/[ (:].*$/, ''));
}
