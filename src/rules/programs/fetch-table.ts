/** The fetches, by the name in their actions. In addition to their spec, they get only the mirror. */
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import type { FetchProgram, ProgramTable } from '../../engine/run/program.ts';

export function fetchPrograms(mirror: Mirror): ProgramTable<FetchProgram> {
  return {
    index: async () => (await import('../kinds/package-index.ts')).fetchIndex(mirror),
    iso: async () => (await import('../kinds/iso.ts')).fetchIso(mirror),
    package: async () => (await import('../kinds/package.ts')).fetchPackage(mirror),
  };
}
