import { describe, expect, it } from 'vitest';
import { parseHocon } from '../hocon/parse.ts';
import { nameVariants, selectVariants } from './label.ts';
import { resolveMatrix } from './variants.ts';

const TEXT = `Dimensions {
  version { "3.19" {}, "3.20" {}, edge {} }
  arch { x86_64 {}, aarch64 {} }
  firmware { bios { EXCLUDE = [aarch64] }, uefi {} }
  bootstrap { tiny {}, cloudinit {} }
  machine { vm {}, metal {} }
  cloud { aws {}, nocloud {} }
}`;
const root = parseHocon(TEXT, 'test.conf');
const matrix = resolveMatrix(root.ok ? root.value : expect.unreachable());
const variants = nameVariants(matrix.ok ? matrix.value : expect.unreachable());

function select(...patterns: readonly string[]): readonly string[] {
  const selected = selectVariants(patterns, variants, '3.20');
  if (!selected.ok) throw new Error(selected.error.what);
  return selected.value.map(({ variant, output }) => `${variant.name}:${output}`);
}

describe('labels', () => {
  it('leave out the first key of further dimensions, and spell out the others', () => {
    expect(select('//aws/x86_64/uefi/tiny')).toEqual(['//aws/x86_64/uefi/tiny@3.20:image']);
    expect(select('//aws/x86_64/uefi/tiny/metal')).toEqual(['//aws/x86_64/uefi/tiny/metal@3.20:image']);
  });

  it('mean the latest version unless they name one', () => {
    expect(select('//aws/x86_64/uefi/tiny@3.19:disk')).toEqual(['//aws/x86_64/uefi/tiny@3.19:disk']);
    expect(select('//aws/x86_64/uefi/tiny@edge')).toEqual(['//aws/x86_64/uefi/tiny@edge:image']);
    expect(select('//aws/x86_64/uefi/tiny@all')).toHaveLength(3);
  });

  it('match with * one segment, with a trailing ... the rest', () => {
    expect(select('//*/aarch64/uefi/tiny')).toEqual([
      '//aws/aarch64/uefi/tiny@3.20:image',
      '//nocloud/aarch64/uefi/tiny@3.20:image',
    ]);
    expect(select('//aws/...')).toHaveLength(12);
    expect(select('//...@all')).toHaveLength(variants.length);
    expect(select('//aws/x86_64/bios/...', '//aws/x86_64/bios/tiny')).toHaveLength(4);
  });
});

describe('a label that matches nothing', () => {
  it.each([
    ['//aws/x86_64/uefi/tinny', 'did you mean //aws/x86_64/uefi/tiny'],
    ['//aws/aarch64/bios/tiny', 'did you mean //aws/aarch64/uefi/tiny'],
    ['//aws/x86_64/uefi/tiny@3.18', '//aws/x86_64/uefi/tiny@3.19'],
  ])('%s: names the nearest', (pattern, hint) => {
    const selected = selectVariants([pattern], variants, '3.20');
    expect(selected).toMatchObject({
      ok: false,
      error: { code: 'AIB_NO_SUCH_LABEL', hint: expect.stringContaining(hint) },
    });
  });

  it('where there are no variants at all says that', () => {
    expect(selectVariants(['//...@all'], [], '3.20')).toMatchObject({
      ok: false,
      error: { code: 'AIB_NO_SUCH_LABEL', got: 'no variants are selected' },
    });
  });

  it.each(['aws/x86_64', '//aws@', '//aws:', 'tiny', '//a@b@c'])('%s is no label at all', text => {
    expect(selectVariants([text], variants, '3.20')).toMatchObject({ ok: false, error: { code: 'AIB_LABEL_SYNTAX' } });
  });
});
