/** A small workspace of its own with a lock, for questions about its graph: six variants of two versions. Nothing of it can be built. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

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

const DIGEST = { hash: '0'.repeat(64), size: 1 };

function iso(release: string) {
  return {
    path: `v${release.replace(/\.\d+$/, '')}/releases/x86_64/alpine-virt-${release}-x86_64.iso`,
    size: 1,
    sha256: '0'.repeat(64),
    sha512: '0'.repeat(128),
  };
}

const LOCK = {
  format: 2,
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
};

/** The new folder; its mirror does not answer, so that whatever asks it fails. Each cloud more means four variants of six nodes. */
export function makeExampleProject({ moreClouds = 0 } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'aib-example-'));
  const files = {
    'configs/images.conf': config(Array.from({ length: moreClouds }, (_, index) => `cloud${index}`)),
    'scripts/setup': '#!/bin/sh\n',
    'scripts/setup-tiny': '#!/bin/sh\n',
    'aib.lock': JSON.stringify(LOCK),
    'aib.local.conf': 'mirror = "http://127.0.0.1:9/alpine"\n',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}
