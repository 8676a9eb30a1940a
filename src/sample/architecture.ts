/**
 * The architectures that a sample mirror can serve, with their names and paths in Debian, which the sample is made from. Never describes
 * the host, which runs the programs: it is always x86_64.
 */

export type ArchName = 'x86_64' | 'aarch64';

export interface Architecture {
  /** Alpine's name. */
  readonly name: ArchName;
  readonly debian: 'amd64' | 'arm64';
  /** The first search path of Debian's dynamic loader, so that glibc programs never load musl's libraries. */
  readonly libraries: string;
  /** The dynamic loader, and its path in Debian's programs. */
  readonly loader: { readonly file: string; readonly place: string };
  /** GRUB's platforms, by the package with the modules. */
  readonly grub: Readonly<Record<string, string>>;
  readonly firmware: ArchFirmware;
}

/** UEFI firmware: Alpine's package with its paths, and Debian's path of each file. */
interface ArchFirmware {
  readonly name: string;
  readonly debian: string;
  readonly holds: string;
  readonly files: Readonly<Record<string, string>>;
}

export const ARCHITECTURES: Readonly<Record<ArchName, Architecture>> = {
  x86_64: {
    name: 'x86_64',
    debian: 'amd64',
    libraries: 'usr/lib/x86_64-linux-gnu',
    loader: { file: 'ld-linux-x86-64.so.2', place: 'lib64/ld-linux-x86-64.so.2' },
    grub: { 'grub-efi': 'x86_64-efi', 'grub-bios': 'i386-pc' },
    firmware: {
      name: 'ovmf',
      debian: 'ovmf',
      holds: "Debian's OVMF with 4 MiB flash, under the usual names",
      files: {
        'usr/share/OVMF/OVMF_CODE.fd': 'usr/share/OVMF/OVMF_CODE_4M.fd',
        'usr/share/OVMF/OVMF_VARS.fd': 'usr/share/OVMF/OVMF_VARS_4M.fd',
      },
    },
  },
  aarch64: {
    name: 'aarch64',
    debian: 'arm64',
    libraries: 'usr/lib/aarch64-linux-gnu',
    loader: { file: 'ld-linux-aarch64.so.1', place: 'lib/ld-linux-aarch64.so.1' },
    grub: { 'grub-efi': 'arm64-efi' },
    firmware: {
      name: 'aavmf',
      debian: 'qemu-efi-aarch64',
      // Both files are nearly empty: QEMU's machine requires flash of this size.
      holds: "Debian's AAVMF with 64 MiB flash",
      files: {
        'usr/share/AAVMF/AAVMF_CODE.fd': 'usr/share/AAVMF/AAVMF_CODE.fd',
        'usr/share/AAVMF/AAVMF_VARS.fd': 'usr/share/AAVMF/AAVMF_VARS.fd',
      },
    },
  },
};

/** Every sample mirror serves it, and it is the architecture of the host. */
export const HOST_ARCH = ARCHITECTURES.x86_64;
