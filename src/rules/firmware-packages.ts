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
};
