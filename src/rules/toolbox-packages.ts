/** The packages in the toolbox of an architecture: the programs that lay out disks, the same for every version, firmware and cloud. */
import { compareVersions } from '../alpine/package/version.ts';
import { MACHINES } from '../qemu/drive/machine.ts';
import { compareUtf8 } from '../util/bytes.ts';
import type { Failure } from '../util/failure.ts';

/**
 * The first mke2fs that supports SOURCE_DATE_EPOCH. With an older one, filesystems are not reproducible, which only `aib verify` would
 * detect.
 */
export const E2FSPROGS = { name: 'e2fsprogs', atLeast: '1.47.1' } as const;

export function toolboxPackages(arch: string): readonly string[] {
  const bios = MACHINES[arch]?.grub.bios === undefined ? [] : ['grub-bios'];
  return [E2FSPROGS.name, 'dosfstools', 'grub', 'grub-efi', 'mtools', 'sfdisk', 'tar', ...bios].sort(compareUtf8);
}

/** The fault of an e2fsprogs that is to lay out disks; undefined if it is suitable. */
export function toolboxFault(version: string, builder: string, where: string): Failure | undefined {
  if (compareVersions(version, E2FSPROGS.atLeast) >= 0) return undefined;
  return {
    code: 'AIB_TOOLBOX',
    what: `Disks would not be reproducible: e2fsprogs of Alpine ${builder} is too old`,
    where,
    got: `e2fsprogs ${version}; mke2fs is reproducible from ${E2FSPROGS.atLeast} on`,
    hint: `add a version after ${builder} to the configuration: the tools of the latest configured version lay out all disks`,
  };
}
