import { describe, expect, it } from 'vitest';
import { testLock } from '../../alpine/locking/test-lock.ts';
import { parseHocon } from '../../config/hocon/parse.ts';
import { imageConfig } from '../../config/image/image-config.ts';
import { nameVariants } from '../../config/tree/label.ts';
import { resolveMatrix } from '../../config/tree/variants.ts';
import { type Label, leafNode, makeGraph, type Node } from '../../engine/model/graph.ts';
import type { Project } from '../../rules/project/project.ts';
import { digestOf } from '../../store/content/digest.ts';
import type { Result } from '../../util/result.ts';
import { chooseTargets } from './targets.ts';

const DIGEST = digestOf('');

/** Two clouds for x86_64 and riscv64; each variant has a disk, packages, an image and metadata. The lock has what is named. */
function project(...locked: readonly string[]): Pick<Project, 'graph' | 'configs' | 'lock'> {
  const text = `Dimensions {
    version { "3.20" {} }, arch { x86_64 {}, riscv64 {} }, firmware { uefi {} }, bootstrap { tiny {} }, cloud { aws {}, nocloud {} } }`;
  const facts = { release: '3.20.3', endOfLife: '', sample: false };
  const variants = nameVariants(unwrap(resolveMatrix(unwrap(parseHocon(text, 'test.conf')))));
  const configs = variants.map(variant => unwrap(imageConfig(variant, facts)));
  const nodes = variants.flatMap(({ name }) =>
    ['packages', 'disk', 'image', 'metadata'].map((output): Node => {
      const read = () => expect.unreachable();
      return leafNode({ label: `${name}:${output}` as Label, kind: output, reads: [], read });
    }),
  );
  const lock = testLock({
    iso: Object.fromEntries(locked.map(arch => [`3.20/${arch}`, { path: '', size: 1, sha256: '', sha512: '' }])),
    indexes: Object.fromEntries(locked.map(arch => [`v3.20/main/${arch}`, DIGEST])),
  });
  return { configs, lock, graph: unwrap(makeGraph(nodes)) };
}

function labels(chosen: ReturnType<typeof chooseTargets>): readonly string[] {
  return unwrap(chosen).targets.map(({ label }) => label.replace('/uefi/tiny@3.20', ''));
}

describe('an architecture that the lock does not have', () => {
  it('is left out of a pattern, with one line that counts its variants and says why', () => {
    const chosen = chooseTargets(['//...', '//nocloud/...:disk'], project('x86_64'));
    expect(labels(chosen)).toEqual([
      '//aws/x86_64:image',
      '//aws/x86_64:metadata',
      '//nocloud/x86_64:image',
      '//nocloud/x86_64:metadata',
      '//nocloud/x86_64:disk',
    ]);
    expect(unwrap(chosen).notices).toEqual(['2 variants are left out: the mirror of the lock does not serve riscv64']);
  });

  it('is an error where it is named, alone or beside others, and where a pattern has nothing else', () => {
    for (const words of [
      ['//aws/riscv64/uefi/tiny'],
      ['//...', '//aws/riscv64/uefi/tiny:*'],
      ['//*/riscv64/...@all'],
    ]) {
      expect(chooseTargets(words, project('x86_64'))).toMatchObject({
        ok: false,
        error: {
          code: 'AIB_NOT_LOCKED',
          what: expect.stringContaining('does not serve riscv64'),
          got: 'the lock is for x86_64',
        },
      });
    }
  });

  it('is no matter to who filters it away', () => {
    const skip = (keys: ReadonlyMap<string, string>) => keys.get('arch') !== 'riscv64';
    expect(unwrap(chooseTargets(['//...'], project('x86_64'), skip)).notices).toEqual([]);
  });
});

describe('an architecture that aib has no machine for', () => {
  it('is left out of a pattern, and an error where it is named, whatever the lock has', () => {
    const all = project('x86_64', 'riscv64');
    expect(unwrap(chooseTargets(['//aws/...'], all)).notices).toEqual([
      '1 variant is left out: the architecture riscv64 is not supported',
    ]);
    expect(chooseTargets(['//aws/riscv64/uefi/tiny:disk'], all)).toMatchObject({
      ok: false,
      error: { code: 'AIB_ARCH', where: '//aws/riscv64/uefi/tiny@3.20:disk' },
    });
  });

  it('still has packages, which take no machine', () => {
    const all = project('x86_64', 'riscv64');
    expect(labels(chooseTargets(['//aws/...:packages'], all))).toEqual([
      '//aws/x86_64:packages',
      '//aws/riscv64:packages',
    ]);
  });
});

function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.what);
  return result.value;
}
