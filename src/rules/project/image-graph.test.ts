import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Lock } from '../../alpine/locking/lock.ts';
import { testLock } from '../../alpine/locking/test-lock.ts';
import { trustRoot } from '../../alpine/package/keys.ts';
import { parseHocon } from '../../config/hocon/parse.ts';
import { imageConfig } from '../../config/image/image-config.ts';
import { nameVariants } from '../../config/tree/label.ts';
import { resolveMatrix } from '../../config/tree/variants.ts';
import { type Label, reachable } from '../../engine/model/graph.ts';
import { aibHome } from '../../util/files/home.ts';
import { answeredGraph } from './test-graph.ts';

const TEXT = `
  Default { repos { "https://dl-cdn.alpinelinux.org/alpine/{v_version}/main" = true } }
  Dimensions {
    version { "3.22" {}, "3.23" {}, edge {} }, arch { x86_64 {} }, firmware { uefi {}, bios {} }, bootstrap { tiny {} }, cloud { aws {} }
  }`;
const iso = { path: 'x.iso', size: 1, sha256: 'a'.repeat(64), sha512: 'b'.repeat(128) };
const digest = { hash: 'a'.repeat(64), size: 1 } as Lock['indexes'][string];
const release = { release: '3.x', date: '2024-09-06', endOfLife: '2026-04-01' };
const LOCK = testLock({
  builder: '3.23',
  releases: { '3.22': release, '3.23': release, edge: release },
  iso: { '3.22/x86_64': iso, '3.23/x86_64': iso },
  indexes: Object.fromEntries(
    ['v3.22/main', 'v3.23/main', 'v3.23/community', 'edge/main'].map(path => [`${path}/x86_64`, digest]),
  ),
});

/** Shared nodes that an image stands on. */
function sharedBelow(variant: string): readonly string[] {
  const matrix = unwrap(resolveMatrix(unwrap(parseHocon(TEXT, 'test.conf'))));
  const facts = { release: '3.x', endOfLife: '2026-04-01', sample: false };
  const graph = answeredGraph({
    configs: nameVariants(matrix).map(each => unwrap(imageConfig(each, facts))),
    lock: LOCK,
    root: trustRoot('alpine'),
    scriptFolders: [join(aibHome(), 'scripts')],
    workspace: aibHome(),
    home: aibHome(),
  });
  const nodes = reachable(graph, [`${variant}:image` as Label]);
  return nodes.map(({ label }) => label).filter(label => /^\/\/(iso|toolbox)\//.test(label));
}

function unwrap<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  return result.ok ? result.value : expect.unreachable();
}

describe('what builds a disk', () => {
  // apk 3, from 3.23 on, writes a database in which apk 2 finds no scripts.
  it('is the ISO of its own version, and one toolbox for all', () => {
    expect(sharedBelow('//aws/x86_64/uefi/tiny@3.22')).toEqual(['//iso/3.22/x86_64', '//toolbox/x86_64']);
    expect(sharedBelow('//aws/x86_64/bios/tiny@3.23')).toEqual(['//iso/3.23/x86_64', '//toolbox/x86_64']);
  });

  it('is the ISO of the latest stable version for edge, which has none', () => {
    expect(sharedBelow('//aws/x86_64/uefi/tiny@edge')).toEqual(['//iso/3.23/x86_64', '//toolbox/x86_64']);
  });
});
