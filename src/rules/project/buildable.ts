/**
 * Whether an output of a variant can be built with this lock and this aib, known before anything runs. Never reads the mirror: the lock
 * records what it serves.
 */
import { installerOf, isoKey, type Lock } from '../../alpine/locking/lock.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { MACHINES } from '../../qemu/drive/machine.ts';
import type { Failure } from '../../util/failure.ts';
import { uninstalled } from '../kinds/disk.ts';
import { isMade, unmade } from '../kinds/image.ts';
import { isSent, needsOf } from '../kinds/kind-table.ts';
import { variantLabel } from '../labels.ts';

/** Outputs that require the image of the variant. */
const NEED_IMAGE: ReadonlySet<string> = new Set(['image', 'metadata', 'sbom', 'boot', '*']);

/** Why it cannot be built; undefined if it can. The sentence is the same for all variants with the same obstacle. */
export function obstacle(
  {
    arch,
    version,
    variant,
    imageFormat,
    unknownBootloader,
    cloud,
  }: Pick<ImageConfig, 'arch' | 'version' | 'variant' | 'imageFormat' | 'unknownBootloader' | 'cloud'>,
  output: string,
  lock: Pick<Lock, 'builder' | 'iso' | 'indexes'>,
): Failure | undefined {
  const where = variantLabel(variant.name, output);
  const needs = needsOf(output);
  if (needs !== 'nothing' && !isServed(arch, version, lock)) {
    const known = new Set(Object.keys(lock.iso).map(key => key.slice(key.indexOf('/') + 1)));
    const others = [...known].join(', ');
    return {
      code: 'AIB_NOT_LOCKED',
      what: `The mirror of the lock does not serve ${arch}${known.has(arch) ? ` for ${version}` : ''}`,
      where,
      got: `the lock is for ${others}`,
      hint: `run aib update with a mirror that serves it (--mirror), or build for ${others}`,
    };
  }
  if (needs === 'machine' && MACHINES[arch] === undefined) {
    return {
      code: 'AIB_ARCH',
      what: `The architecture ${arch} is not supported`,
      where,
      got: `supported architectures: ${Object.keys(MACHINES).join(', ')}`,
      hint: 'use only aib config, aib ls and aib query for its variants',
    };
  }
  if (isSent(output) && cloud !== 'aws') {
    return {
      code: 'AIB_NO_SUCH_OUTPUT',
      what: `The import of images to ${cloud} is not supported`,
      where,
      got: 'only images for aws can be imported, copied and published',
      hint: 'build the image, and import it by hand',
    };
  }
  if (unknownBootloader !== undefined && (NEED_IMAGE.has(output) || output === 'disk' || isSent(output)))
    return uninstalled(unknownBootloader, where);
  // An image is only imported after it has booted here.
  return (NEED_IMAGE.has(output) || isSent(output)) && !isMade(imageFormat) ? unmade(imageFormat, where) : undefined;
}

function isServed(arch: string, version: string, lock: Pick<Lock, 'builder' | 'iso' | 'indexes'>): boolean {
  const hasIndex = (of: string): boolean => {
    const branch = /^\d/.test(of) ? `v${of}` : of;
    return Object.keys(lock.indexes).some(path => path.startsWith(`${branch}/`) && path.endsWith(`/${arch}`));
  };
  const hasIso = lock.iso[isoKey(installerOf(lock, version), arch)] !== undefined;
  // For every version, packages of the builder lay out the disk.
  return hasIso && hasIndex(version) && hasIndex(lock.builder);
}
