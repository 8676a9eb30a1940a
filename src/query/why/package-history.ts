/**
 * The packages that a node used and would use. What was used stands in manifests; what would be is worked out from the indexes in the lock,
 * which are read from the store or, where they are not there yet, from the mirror. Downloads nothing else.
 */

import type { Lock } from '../../alpine/locking/lock.ts';
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import { indexPath } from '../../alpine/mirror/mirror-layout.ts';
import type { TrustRoot } from '../../alpine/package/keys.ts';
import type { Resolved } from '../../alpine/solver/closure.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import type { Node, Outputs } from '../../engine/model/graph.ts';
import { resolveClosures } from '../../rules/kinds/packages.ts';
import { resolveToolbox } from '../../rules/kinds/toolbox.ts';
import { toolboxLabel } from '../../rules/labels.ts';
import { packageSet } from '../../rules/package-set.ts';
import type { Digest } from '../../store/content/digest.ts';
import type { Store } from '../../store/store.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { PackagesCause } from './explanation.ts';
import { packageChanges, parseManifest, type Versions } from './package-changes.ts';

export interface PackageSources {
  readonly lock: Lock;
  readonly mirror: Mirror;
  readonly root: TrustRoot;
  readonly store: Store | undefined;
  /** The configuration of the variant that a label belongs to. */
  readonly configOf: (label: string) => ImageConfig | undefined;
  readonly signal: AbortSignal;
}

export class PackageHistory {
  readonly #sources: PackageSources;

  constructor(sources: PackageSources) {
    this.#sources = sources;
  }

  /** Undefined for nodes that are no package sets, and for those whose packages are the same. */
  async changes(node: Node, before: Outputs, after: Outputs | undefined): Promise<PackagesCause | undefined> {
    const old = await this.#used(before.manifest?.digest);
    // None, or collected since: then nobody knows.
    if (old === undefined) return undefined;
    const now = after === undefined ? await this.#wouldUse(node) : ok(await this.#used(after.manifest?.digest));
    if (!now.ok) return { type: 'packages', packages: [], unknown: now.error };
    const packages = packageChanges(old, now.value ?? {});
    return now.value === undefined || packages.length === 0 ? undefined : { type: 'packages', packages };
  }

  async #used(manifest: Digest | undefined): Promise<Versions | undefined> {
    const { store } = this.#sources;
    if (manifest === undefined || store === undefined) return undefined;
    const state = await store.blobs.inspect({ type: 'file', digest: manifest });
    return state === 'present' ? parseManifest(await store.blobs.read(manifest)) : undefined;
  }

  async #wouldUse(node: Node): Promise<Result<Versions>> {
    const closure = await this.#closure(node);
    if (!closure.ok) return closure;
    const versions: Record<string, Record<string, { version: string }>> = {};
    for (const { repository, package: entry } of closure.value) {
      const listed = versions[repository] ?? {};
      listed[entry.name] = { version: entry.version };
      versions[repository] = listed;
    }
    return ok(versions);
  }

  async #closure({ kind, label }: Node): Promise<Result<readonly Resolved[]>> {
    const { lock, root, configOf } = this.#sources;
    const readIndex = (path: string) => this.#index(path);
    if (kind === 'toolbox')
      return resolveToolbox(label.slice(toolboxLabel('').length), lock.builder, root.keys, readIndex);
    const config = configOf(label);
    if (config === undefined) return ok([]);
    const set = packageSet(config);
    if (!set.ok) return set;
    const closures = await resolveClosures(set.value, root.keys, readIndex);
    return closures.ok ? ok(closures.value.everything) : closures;
  }

  async #index(path: string): Promise<Result<Uint8Array>> {
    const { lock, mirror, store, signal } = this.#sources;
    const locked = lock.indexes[path];
    if (locked === undefined) {
      return fail({
        code: 'AIB_NOT_LOCKED',
        what: `The lock does not have the package index ${path}`,
        hint: 'run aib update',
      });
    }
    if ((await store?.blobs.inspect({ type: 'file', digest: locked })) === 'present')
      return ok((await store?.blobs.read(locked)) ?? new Uint8Array());
    return mirror.fetch(indexPath(path), {
      signal,
      expect: { size: locked.size, sha256: locked.hash },
    });
  }
}
