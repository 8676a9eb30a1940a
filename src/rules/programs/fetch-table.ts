/** The fetches, by the name that their actions call them by. All that they know beside their spec is where the mirror is. */
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import type { FetchProgram, ProgramTable } from '../../engine/run/program.ts';

export function fetchPrograms(mirror: Mirror): ProgramTable<FetchProgram> {
  return {
    firmware: async () => (await import('../kinds/firmware.ts')).fetchFirmware(mirror),
    index: async () => (await import('../kinds/package-index.ts')).fetchIndex(mirror),
    iso: async () => (await import('../kinds/iso.ts')).fetchIso(mirror),
    packages: async () => (await import('../kinds/packages.ts')).makePackages(mirror),
    toolbox: async () => (await import('../kinds/toolbox.ts')).makeToolbox(mirror),
  };
}
