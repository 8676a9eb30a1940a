/** Every kind of node, one line each. Other code uses this table instead of its own list of names. */
import { beginsWithHost } from '../../alpine/mirror/foreign-address.ts';
import { CLOUD_KIND, type Kind, type SharedKind, type SharedWord, type VariantKind } from '../kind.ts';
import { BASE_KIND } from './base.ts';
import { BOOT_KIND } from './boot.ts';
import { DISK_KIND } from './disk.ts';
import { FIRMWARE_KIND } from './firmware.ts';
import { IMAGE_KIND } from './image.ts';
import { ISO_KIND } from './iso.ts';
import { METADATA_KIND } from './metadata.ts';
import { OVERLAY_KIND } from './overlay.ts';
import { PACKAGE_KIND } from './package.ts';
import { INDEX_KIND } from './package-index.ts';
import { BASE_PACKAGES_KIND, PACKAGES_KIND } from './packages.ts';
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
  'base-packages': BASE_PACKAGES_KIND,
  base: BASE_KIND,
  packages: PACKAGES_KIND,
  overlay: OVERLAY_KIND,
  disk: DISK_KIND,
  image: IMAGE_KIND,
  boot: BOOT_KIND,
  metadata: METADATA_KIND,
  sbom: SBOM_KIND,
  import: CLOUD_KIND,
  copy: CLOUD_KIND,
  publish: CLOUD_KIND,
} satisfies Readonly<Record<SharedWord, SharedKind>> & Readonly<Record<string, Kind>>;

export type KindName = keyof typeof KINDS;

/** Undefined for an unknown kind: a record may have a kind of another version of aib. */
export function kindOf(name: string): Kind | undefined {
  const kinds: Readonly<Record<string, Kind>> = KINDS;
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined;
}

/** The named words of a shared node's label; empty for a variant's label. */
export function labelFactsOf(kind: string, label: string): ReadonlyMap<string, string> {
  const found = kindOf(kind);
  if (found?.shared !== true) return new Map();
  const [, ...words] = label.slice('//'.length).split('/');
  const { labelWords, foreignWords } = found;
  if (foreignWords === undefined || !beginsWithHost(words))
    return new Map(labelWords.map((name, index) => [name, words[index] ?? '']));
  const gap = foreignWords.indexOf('...');
  const [front, back] = [foreignWords.slice(0, gap), foreignWords.slice(gap + 1)];
  // A repository directly below its host has no name.
  const rest = words.slice(front.length);
  const named = back.map((name, index) => [name, rest[rest.length - back.length + index] ?? ''] as const);
  return new Map([...front.map((name, index) => [name, words[index] ?? ''] as const), ...named]);
}

/** Whether the lock determines the nodes of the kind. */
export function isLocked(kind: string): boolean {
  const found = kindOf(kind);
  return found?.shared === true && found.locked === true;
}

/** The verb for nodes of a kind that a build reports together; undefined if it reports each. */
export function toldTogether(kind: string): string | undefined {
  const found = kindOf(kind);
  return found?.shared === true ? found.many : undefined;
}

/** For an output of a variant, such as `disk` or `copy/eu-west-1`. Anything else, such as `*`, can include all outputs. */
export function needsOf(output: string): VariantKind['needs'] {
  return variantKindOf(output)?.needs ?? 'machine';
}

/** Whether an output of a variant, such as `copy/eu-west-1`, changes something outside this machine. */
export function isSent(output: string): boolean {
  return variantKindOf(output)?.isSent === true;
}

function variantKindOf(output: string): VariantKind | undefined {
  const found = kindOf(output.replace(/\/.*$/, ''));
  return found?.shared === false ? found : undefined;
}

/** Whether an action of the kind runs QEMU. */
export function runsMachine(kind: string): boolean {
  return kindOf(kind)?.runsMachine === true;
}

/** Whether results of the kind are worth a request to a remote cache. */
export function isCachedRemotely(kind: string): boolean {
  return kindOf(kind)?.isCachedRemotely === true;
}
