import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withClosures } from '../../alpine/locking/closures.ts';
import type { Lock } from '../../alpine/locking/lock.ts';
import { testLock } from '../../alpine/locking/test-lock.ts';
import { trustRoot } from '../../alpine/package/keys.ts';
import { parseHocon } from '../../config/hocon/parse.ts';
import { type ImageConfig, imageConfig } from '../../config/image/image-config.ts';
import { nameVariants } from '../../config/tree/label.ts';
import { resolveMatrix } from '../../config/tree/variants.ts';
import { type Label, reachable } from '../../engine/model/graph.ts';
import { aibHome } from '../../util/files/home.ts';
import { packageSet } from '../package-set.ts';
import { variantRequest } from '../supply/closure-request.ts';
import { testConfigs } from '../test-config.ts';
import { makeImageGraph } from './image-graph.ts';
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

/** Shared nodes that an image depends on. */
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

describe('the base of images', () => {
  const place = '3.22/x86_64';
  const configsOf = (more: string) =>
    testConfigs(`
      Default { packages { a = true, b = true }, repos { "https://dl-cdn.alpinelinux.org/alpine/v3.22/main" = true } ${more} }
      Dimensions {
        version { "3.22" {} }, arch { x86_64 {} }, firmware { uefi { packages { loader = --no-scripts } }, bios {} }
        bootstrap { tiny { packages { t = true } } }, cloud { aws {}, gcp { packages { b = null, g = true } }, oci { packages { o = true } } }
      }`);
  const entry = (name: string, version = '1-r0', base?: true) => ({
    ...{
      index: 'v3.22/main/x86_64',
      name,
      version,
      checksum: `Q1${'a'.repeat(27)}=`,
      size: 7,
      origin: name,
      license: 'MIT',
    },
    ...{ scripts: true, ...(base === undefined ? {} : { base }) },
  });
  /** By variant: the label of its base. */
  const bases = (configs: readonly ImageConfig[], versions: Readonly<Record<string, string>> = {}) => {
    const closures = configs.map(config => {
      const set = unwrap(packageSet(config));
      const of = (name: string) =>
        entry(name, versions[`${config.cloud} ${name}`], set.shared?.includes(name) ? true : undefined);
      return [variantRequest(place, set).key, set.world.map(of)] as const;
    });
    const graph = unwrap(
      makeImageGraph({
        ...{ configs, lock: withClosures(LOCK, new Map(closures), 'add'), root: trustRoot('alpine') },
        ...{ scriptFolders: [join(aibHome(), 'scripts')], workspace: aibHome(), home: aibHome() },
      }),
    ).graph;
    return new Map(
      configs.map(({ variant: { name }, cloud, firmware }) => {
        const disk = graph.nodes.get(`${name}:disk` as Label);
        const { tree, packages } = disk?.inputs ?? expect.unreachable();
        const own = Object.keys(graph.nodes.get(packages?.label as Label)?.inputs ?? {}).filter(path =>
          path.endsWith('.apk'),
        );
        return [
          `${cloud} ${firmware}`,
          { base: tree?.label, own: own.map(path => path.replace(/.*\/|-1-r0.*/g, '')).sort() },
        ];
      }),
    );
  };

  it('is one for all that ask for the same of what Default asks for; the rest is their own', () => {
    const found = bases(configsOf(''));
    expect(found.get('aws uefi')?.base).toMatch(/^\/\/base\/3\.22\/x86_64\/[0-9a-f]{16}$/);
    expect(new Set(['aws uefi', 'aws bios', 'oci uefi'].map(name => found.get(name)?.base)).size).toBe(1);
    expect(found.get('gcp uefi')?.base).not.toBe(found.get('aws uefi')?.base);
    expect(found.get('aws uefi')?.own).toEqual(['loader', 't']);
    expect(found.get('gcp bios')?.own).toEqual(['g', 't']);
  });

  it('is called the same whatever the versions, and is another one only beside one with other versions', () => {
    const [before, after] = [bases(configsOf('')), bases(configsOf(''), { 'aws a': '2-r0', 'oci a': '2-r0' })];
    expect(after.get('aws uefi')?.base).toBe(before.get('aws uefi')?.base);
    const apart = bases(configsOf(''), { 'oci a': '2-r0' });
    expect(apart.get('aws uefi')?.base).toBe(before.get('aws uefi')?.base);
    expect(apart.get('oci uefi')?.base).not.toBe(apart.get('aws uefi')?.base);
  });

  it('is none where nothing is shared', () => {
    expect(bases(configsOf(', packages = null')).get('aws uefi')?.base).toBeUndefined();
  });
});
