/** The builtins, by the name in their actions. Each is loaded on first use, in a separate process. */
import type { ProgramTable } from '../../engine/run/program.ts';

export const BUILTINS: ProgramTable = {
  'base-packages': async () => (await import('../kinds/packages.ts')).makePackages,
  closures: async () => (await import('../supply/closures-program.ts')).workOutClosures,
  firmware: async () => (await import('../kinds/firmware.ts')).unpackFirmware,
  image: async () => (await import('../kinds/image.ts')).makeImage,
  metadata: async () => (await import('../kinds/metadata.ts')).makeMetadata,
  overlay: async () => (await import('../kinds/overlay.ts')).makeOverlay,
  packages: async () => (await import('../kinds/packages.ts')).makePackages,
  sbom: async () => (await import('../kinds/sbom.ts')).makeSbom,
  toolbox: async () => (await import('../kinds/toolbox.ts')).makeToolbox,
};
