/** The nodes that all variants of a version and an architecture share. */
import { existsSync } from 'node:fs';
import { installerOf, isoKey, type Lock } from '../../alpine/locking/lock.ts';
import type { TrustRoot } from '../../alpine/package/keys.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import type { Node } from '../../engine/model/graph.ts';
import { ok } from '../../util/result.ts';
import { FIRMWARE_OUTPUTS, firmwareNode, ownFirmware } from '../kinds/firmware.ts';
import { keyInputs } from '../kinds/foreign-key.ts';
import { isoNode } from '../kinds/iso.ts';
import { notLockedNode, notServed } from '../kinds/not-locked.ts';
import { indexNode } from '../kinds/package-index.ts';
import { releaseNode } from '../kinds/release.ts';
import { filesNode } from '../kinds/source.ts';
import { TOOLBOX_OUTPUTS, toolboxNode } from '../kinds/toolbox.ts';
import { firmwareLabel, indexLabel, isoLabel, releaseLabel, toolboxLabel } from '../labels.ts';
import { builderRepositories, type PackageSet } from '../package-set.ts';
import { firmwareRequest, toolboxRequest } from '../supply/closure-request.ts';
import type { Supply } from './supply.ts';

export interface SharedOptions {
  readonly lock: Lock;
  readonly root: TrustRoot;
  /** The sources of trusted keys for each foreign repository. */
  readonly trusted: ReadonlyMap<string, readonly string[]>;
  /** The workspace's folder, which may contain the user's own firmware. */
  readonly workspace: string;
}

export interface Places {
  readonly add: (node: Node) => void;
  readonly supply: Supply;
}

export function addShared(options: SharedOptions, config: ImageConfig, set: PackageSet, { add, supply }: Places): void {
  const { lock, root, trusted } = options;
  const { arch, version } = config;
  for (const { path } of [...set.repositories, ...builderRepositories(lock.builder, arch)]) {
    const label = indexLabel(path);
    const locked = lock.indexes[path];
    add(
      locked === undefined
        ? notLockedNode({
            label,
            kind: 'index',
            outputs: ['index'],
            failure: notServed(label, `the package index ${path}`),
          })
        : indexNode({ label, path, locked, root, keys: keyInputs(path, trusted) }),
    );
  }
  const toolbox = toolboxLabel(arch);
  const tools = supply.answer(toolbox, toolboxRequest(lock.builder, arch));
  add(
    tools.ok
      ? toolboxNode({ arch, closure: tools.value })
      : notLockedNode({ label: toolbox, kind: 'toolbox', outputs: TOOLBOX_OUTPUTS, failure: tools.error }),
  );
  const installer = installerOf(lock, version);
  const label = isoLabel(installer, arch);
  const iso = lock.iso[isoKey(installer, arch)];
  add(
    iso === undefined
      ? notLockedNode({
          label,
          kind: 'iso',
          outputs: ['kernel', 'initramfs'],
          failure: notServed(label, `an ISO of ${installer} for ${arch}`),
        })
      : isoNode({ label, locked: iso, releaseKey: lock.releaseKey, root }),
  );
  addFirmware(options, arch, { add, supply });
  const release = lock.releases[version];
  if (release !== undefined) add(releaseNode(releaseLabel(version), release));
}

function addFirmware({ lock, workspace }: SharedOptions, arch: string, { add, supply }: Places): void {
  const label = firmwareLabel(arch);
  const own = ownFirmware(workspace, arch);
  if (existsSync(own.code)) {
    add(filesNode({ label, kind: 'firmware', files: { ...own } }));
    return;
  }
  const request = firmwareRequest(lock.builder, arch);
  const found = request === undefined ? ok([]) : supply.answer(label, request);
  const repositories = builderRepositories(lock.builder, arch).map(({ path }) => path);
  add(
    found.ok
      ? firmwareNode({ label, arch, entry: found.value[0], repositories })
      : notLockedNode({ label, kind: 'firmware', outputs: FIRMWARE_OUTPUTS, failure: found.error }),
  );
}
