import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testLock } from '../../alpine/locking/test-lock.ts';
import { trustRoot } from '../../alpine/package/keys.ts';
import { parseHocon } from '../../config/hocon/parse.ts';
import { imageConfig } from '../../config/image/image-config.ts';
import { nameVariants } from '../../config/tree/label.ts';
import { resolveMatrix } from '../../config/tree/variants.ts';
import { type Graph, type Label, type Node, reachable } from '../../engine/model/graph.ts';
import { aibHome } from '../../util/files/home.ts';
import { answeredGraph } from '../project/test-graph.ts';

const TEXT = `
  Default { repos { "https://dl-cdn.alpinelinux.org/alpine/{v_version}/main" = true } }
  Dimensions {
    version { "3.20" {} }, arch { x86_64 {}, aarch64 {} }, firmware { uefi {} }, bootstrap { tiny {} }, cloud { aws {} }
  }`;

function graph(): Graph {
  const root = parseHocon(TEXT, 'test.conf');
  const matrix = root.ok ? resolveMatrix(root.value) : expect.unreachable();
  const configs = nameVariants(matrix.ok ? matrix.value : expect.unreachable()).map(variant => {
    const config = imageConfig(variant, { release: '3.20.3', endOfLife: '2026-04-01', sample: false });
    return config.ok ? config.value : expect.unreachable();
  });
  return answeredGraph({
    configs,
    lock: testLock(),
    root: trustRoot('alpine'),
    scriptFolders: [join(aibHome(), 'scripts')],
    workspace: aibHome(),
    home: aibHome(),
  });
}

/** The dependencies of a label that fail before they read any input. */
function faults(label: string): readonly string[] {
  const standsOn: readonly Node[] = reachable(graph(), [label as Label]);
  return standsOn.flatMap(node => {
    if (node.type !== 'action' || Object.keys(node.inputs).length > 0) return [];
    const prepared = node.prepare({});
    return prepared.ok ? [] : [`${prepared.error.code} ${prepared.error.where}: ${prepared.error.what}`];
  });
}

describe('a lock without one of the architectures', () => {
  it("is in nobody's way who does not need it", () => {
    expect(faults('//aws/x86_64/uefi/tiny@3.20:image')).toEqual([]);
  });

  it('is an error of what does, with the name of each thing that lacks', () => {
    expect([...faults('//aws/aarch64/uefi/tiny@3.20:image')].sort()).toEqual([
      'AIB_NOT_LOCKED //aws/aarch64/uefi/tiny@3.20:packages: The lock does not have the package index v3.20/main/aarch64',
      'AIB_NOT_LOCKED //iso/3.20/aarch64: The lock does not have an ISO of 3.20 for aarch64',
      'AIB_NOT_LOCKED //toolbox/aarch64: The lock does not have the package index v3.20/main/aarch64',
    ]);
  });
});
