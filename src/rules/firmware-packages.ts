/** Which package has the UEFI firmware that boots images of an architecture, and where in it. */

interface FirmwarePackage {
  readonly name: string;
  /** Paths inside it, the first that exists counts. */
  readonly code: readonly string[];
  readonly vars: readonly string[];
}

export const FIRMWARE_PACKAGES: Readonly<Record<string, FirmwarePackage>> = {
  x86_64: {
    name: 'ovmf',
    code: ['usr/share/OVMF/OVMF_CODE.fd', 'usr/share/OVMF/OVMF_CODE_4M.fd'],
    vars: ['usr/share/OVMF/OVMF_VARS.fd', 'usr/share/OVMF/OVMF_VARS_4M.fd'],
  },
  // Both padded to the 64 MiB that QEMU's flash has on this machine; QEMU_EFI.fd beside them is the code without that. Alpine's variables are all
  // zeros, which the firmware takes for new flash.
  aarch64: {
    name: 'aavmf',
    code: ['usr/share/AAVMF/AAVMF_CODE.fd'],
    vars: ['usr/share/AAVMF/AAVMF_VARS.fd'],
  },
};
