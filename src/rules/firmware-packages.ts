/** The package with the UEFI firmware for each architecture, and the paths in it. */

interface FirmwarePackage {
  readonly name: string;
  /** Paths inside the package; the first that exists is used. */
  readonly code: readonly string[];
  readonly vars: readonly string[];
}

export const FIRMWARE_PACKAGES: Readonly<Record<string, FirmwarePackage>> = {
  x86_64: {
    name: 'ovmf',
    code: ['usr/share/OVMF/OVMF_CODE.fd', 'usr/share/OVMF/OVMF_CODE_4M.fd'],
    vars: ['usr/share/OVMF/OVMF_VARS.fd', 'usr/share/OVMF/OVMF_VARS_4M.fd'],
  },
  // Both are padded to 64 MiB, the size of QEMU's flash on this machine; QEMU_EFI.fd beside them is the unpadded code. Alpine's variables
  // are all zeros, which the firmware treats as new flash.
  aarch64: {
    name: 'aavmf',
    code: ['usr/share/AAVMF/AAVMF_CODE.fd'],
    vars: ['usr/share/AAVMF/AAVMF_VARS.fd'],
  },
};
