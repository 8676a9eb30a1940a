/**
 * The Debian packages for the sample mirror, by release of Debian and by architecture. Only names: the versions depend on the day of the
 * download.
 */
import type { Architecture } from './architecture.ts';

/** The name of a Debian release on its mirrors. */
export type Suite = 'trixie' | 'bookworm' | 'trixie-backports';
export const SUITES: readonly Suite[] = ['trixie', 'bookworm', 'trixie-backports'];

interface Wanted {
  readonly packages: readonly string[];
  /** Also the kernel: its package name contains the version, so it is found through a metapackage. */
  readonly kernel: boolean;
}

/** For the packages of every architecture. */
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
/** For single architectures. Programs and libraries that are not served run on the host, which is amd64. */
const OWN = {
  amd64: [
    ...['grub-efi-amd64-bin', 'grub-pc-bin', 'ovmf'],
    ...['kmod', 'libkmod2', 'liblz4-1', 'liblzo2-2', 'libssl3t64', 'libzstd1', 'squashfs-tools', 'zlib1g'],
  ],
  arm64: ['grub-efi-arm64-bin', 'qemu-efi-aarch64'],
} as const satisfies Readonly<Record<Architecture['debian'], readonly string[]>>;

export function wantedOf(suite: Suite, arch: Architecture): Wanted {
  switch (suite) {
    // The source of nearly everything.
    case 'trixie':
      return { packages: [...SERVED, ...OWN[arch.debian]], kernel: true };
    // e2fsprogs 1.47.0, whose filesystems are not reproducible
    case 'bookworm':
      return { packages: ['e2fsprogs', 'libcom-err2', 'libext2fs2', 'libss2'], kernel: false };
    // a newer kernel, for an upgrade
    case 'trixie-backports':
      return { packages: [], kernel: true };
  }
}

/** The metapackage of the newest kernel. */
export function kernelMeta(arch: Architecture): string {
  return `linux-image-cloud-${arch.debian}`;
}

export function isKernel(name: string, arch: Architecture): boolean {
  return /^linux-image-\d/.test(name) && name.endsWith(`-cloud-${arch.debian}`);
}

/** The kernel in the dependencies of a record. */
export function kernelOf(record: string, arch: Architecture): string | undefined {
  return dependencies(record).find(name => isKernel(name, arch));
}

/** Newer kernels are split: image, configuration and modules are in packages that the first one depends on. */
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
