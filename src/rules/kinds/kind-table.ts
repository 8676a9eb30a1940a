/** Every kind of node, one line each. Whoever must know of a kind outside of its rule asks here instead of keeping a list of names. */
import type { Kind, SharedKind, SharedWord, VariantKind } from '../kind.ts';
import { BOOT_KIND } from './boot.ts';
import { DISK_KIND } from './disk.ts';
import { FIRMWARE_KIND } from './firmware.ts';
import { IMAGE_KIND } from './image.ts';
import { ISO_KIND } from './iso.ts';
import { METADATA_KIND } from './metadata.ts';
import { OVERLAY_KIND } from './overlay.ts';
import { PACKAGE_KIND } from './package.ts';
import { INDEX_KIND } from './package-index.ts';
import { PACKAGES_KIND } from './packages.ts';
import { RELEASE_KIND } from './release.ts';
import { SBOM_KIND } from './sbom.ts';
import { SOURCE_KIND } from './source.ts';
import { TOOLBOX_KIND } from './toolbox.ts';

export const KINDS = {
  release: RELEASE_KIND,
  index: INDEX_KIND,
  package: PACKAGE_KIND,
  iso: ISO_KIND,
  toolbox: TOOLBOX_KIND,
  firmware: FIRMWARE_KIND,
  source: SOURCE_KIND,
  packages: PACKAGES_KIND,
  overlay: OVERLAY_KIND,
  disk: DISK_KIND,
  image: IMAGE_KIND,
  boot: BOOT_KIND,
  metadata: METADATA_KIND,
  sbom: SBOM_KIND,
} satisfies Readonly<Record<SharedWord, SharedKind>> & Readonly<Record<string, Kind>>;

export type KindName = keyof typeof KINDS;

/** Undefined for what is none: a record may be of a kind that another version of aib had. */
export function kindOf(name: string): Kind | undefined {
  const kinds: Readonly<Record<string, Kind>> = KINDS;
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined;
}

/** What the words behind the kind are in a shared node's label; none of a variant's. */
export function labelWordsOf(kind: string): readonly string[] {
  const found = kindOf(kind);
  return found?.shared === true ? found.labelWords : [];
}

/** Whether the lock says what nodes of the kind are. */
export function isLocked(kind: string): boolean {
  const found = kindOf(kind);
  return found?.shared === true && found.locked === true;
}

/** What becomes of each node of a kind of which a build tells together; undefined if it tells of each. */
export function toldTogether(kind: string): string | undefined {
  const found = kindOf(kind);
  return found?.shared === true ? found.many : undefined;
}

/** Of an output of a variant. What is no kind, such as `*`, may be all of them. */
export function needsOf(output: string): VariantKind['needs'] {
  const found = kindOf(output);
  return found?.shared === false ? found.needs : 'machine';
}

/** Whether an action of the kind runs QEMU. */
export function runsMachine(kind: string): boolean {
  const found = kindOf(kind);
  return found?.shared === false && found.runsMachine === true;
}
