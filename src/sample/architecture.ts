/**
 * The architectures that a sample mirror can serve: what Debian, whose packages it is made of, calls them and where its programs for them have
 * things. Says nothing of the host, whose own programs do the work: that is x86_64 whatever is served.
 */

export type ArchName = 'x86_64' | 'aarch64';

export interface Architecture {
  /** Alpine's name. */
  readonly name: ArchName;
  readonly debian: 'amd64' | 'arm64';
  /** Where Debian's dynamic loader looks first, so glibc programs never meet musl's libraries. */
  readonly libraries: string;
  /** The dynamic loader, and the place that Debian's programs name. */
  readonly loader: { readonly file: string; readonly place: string };
  /** GRUB's platforms, by the package that has the modules. */
  readonly grub: Readonly<Record<string, string>>;
  readonly firmware: ArchFirmware;
}

/** UEFI firmware: Alpine's package for it, with the paths in it, each by the path that Debian has the file at. */
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
      // Nearly all of both is empty: QEMU's machine takes flash of this size and no other.
      holds: "Debian's AAVMF with 64 MiB flash",
      files: {
        'usr/share/AAVMF/AAVMF_CODE.fd': 'usr/share/AAVMF/AAVMF_CODE.fd',
        'usr/share/AAVMF/AAVMF_VARS.fd': 'usr/share/AAVMF/AAVMF_VARS.fd',
      },
    },
  },
};

/** Every sample mirror serves it, and it is made on such a machine. */
export const HOST_ARCH = ARCHITECTURES.x86_64;
