/** A small workspace with a lock, for queries about its graph: six variants of two versions. It must not be built. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ClosurePackage, withClosures } from '../src/alpine/locking/closures.ts';
import { type Lock, writeLock } from '../src/alpine/locking/lock.ts';
import { findWorkspace } from '../src/config/workspace/workspace.ts';
import { layersOf } from '../src/config/workspace/workspace-layers.ts';
import { packageSet } from '../src/rules/package-set.ts';
import { readConfiguration, releasesOfLock, resolveConfigs } from '../src/rules/project/configuration.ts';
import { firmwareRequest, toolboxRequest, variantRequest } from '../src/rules/supply/closure-request.ts';
import type { Digest, Sha256 } from '../src/store/content/digest.ts';
import { formatFailure } from '../src/util/failure.ts';
import type { Result } from '../src/util/result.ts';

const config = (moreClouds: readonly string[]): string => `
project = "https://example.org/images"

Default {
  name = ["{cloud}_alpine", "{release}", "{arch}", "{firmware}", "{bootstrap}"]
  disk_size = [126]
  scripts = [setup]
  repos { "https://dl-cdn.alpinelinux.org/alpine/{v_version}/main" = true }
  packages { alpine-base = true, linux-virt = true, chrony = true }
  services { default { chronyd = true } }
}

Dimensions {
  version { "3.19" {}, "3.20" {} }
  arch { x86_64 {} }
  firmware {
    bios { EXCLUDE = [nocloud] }
    uefi { packages { grub-efi = --no-scripts } }
  }
  bootstrap { tiny { scripts = [setup-tiny], packages { sudo = false } } }
  cloud {
    aws { image_format = vhd, disk_size = [4], kernel_options { "nvme_core.io_timeout=4294967295" = true } }
    nocloud {}
    ${moreClouds.map(name => `${name} {}`).join('\n    ')}
  }
}
`;

const DIGEST: Digest = { hash: '0'.repeat(64) as Sha256, size: 1 };

function iso(release: string) {
  return {
    path: `v${release.replace(/\.\d+$/, '')}/releases/x86_64/alpine-virt-${release}-x86_64.iso`,
    size: 1,
    sha256: '0'.repeat(64),
    sha512: '0'.repeat(128),
  };
}

const LOCK: Lock = {
  format: 3,
  root: 'alpine',
  updated: '2024-09-06',
  builder: '3.20',
  releases: {
    '3.19': { release: '3.19.4', date: '2024-09-06', endOfLife: '2025-11-01' },
    '3.20': { release: '3.20.3', date: '2024-09-06', endOfLife: '2026-04-01' },
  },
  iso: { '3.19/x86_64': iso('3.19.4'), '3.20/x86_64': iso('3.20.3') },
  indexes: { 'v3.19/main/x86_64': DIGEST, 'v3.20/main/x86_64': DIGEST, 'v3.20/community/x86_64': DIGEST },
  packages: {},
  closures: {},
};

/** Creates the folder; its mirror does not answer, so every request to it fails. Each additional cloud adds four variants of six nodes. */
export function makeExampleProject({ moreClouds = 0 } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'aib-example-'));
  const files = {
    'configs/images.conf': config(Array.from({ length: moreClouds }, (_, index) => `cloud${index}`)),
    'scripts/setup': '#!/bin/sh\n',
    'scripts/setup-tiny': '#!/bin/sh\n',
    'aib.local.conf': 'mirror = "http://127.0.0.1:9/alpine"\n',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  writeLock(join(folder, 'aib.lock'), answeredLock(folder));
  return folder;
}

/** A lock with packages for everything: those of each set, and a few common ones. */
function answeredLock(folder: string): Lock {
  const workspace = orThrow(findWorkspace(folder));
  const { variants } = orThrow(readConfiguration(orThrow(layersOf(workspace, undefined))));
  const configs = orThrow(resolveConfigs(variants, releasesOfLock(LOCK)));
  const requests = configs.flatMap(config => {
    const { builder } = LOCK;
    const firmware = firmwareRequest(builder, config.arch);
    return [
      variantRequest(`${config.version}/${config.arch}`, orThrow(packageSet(config))),
      toolboxRequest(builder, config.arch),
      ...(firmware === undefined ? [] : [firmware]),
    ];
  });
  const closures = requests.map(({ key, wishes }) => {
    const [main] = wishes.repositories;
    const { world, noScripts, alone = false, shared = [] } = wishes;
    const needed = alone ? [] : ['musl', 'openssl-libs'];
    const base = shared.length === 0 ? [] : [...shared, ...needed];
    const packages = [...world, ...needed].map(name => {
      const entry = packageOf(name, main?.path ?? '', !noScripts.includes(name));
      return base.includes(name) ? { ...entry, base: true as const } : entry;
    });
    return [key, packages] as const;
  });
  return withClosures(LOCK, new Map(closures), 'replace');
}

function packageOf(name: string, index: string, scripts: boolean): ClosurePackage {
  const checksum = `Q1${Buffer.from(name.padEnd(21, '.')).toString('base64').slice(0, 27)}=`;
  const origin = name.replace(/-libs$/, '');
  return { index, name, version: '1.0-r0', checksum, size: 1000, origin, license: 'MIT', scripts };
}

function orThrow<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(formatFailure(result.error));
  return result.value;
}
