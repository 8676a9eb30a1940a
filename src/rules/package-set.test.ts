import { describe, expect, it } from 'vitest';
import { parseHocon } from '../config/hocon/parse.ts';
import { type ImageConfig, imageConfig } from '../config/image-config.ts';
import { nameVariants } from '../config/label.ts';
import { resolveMatrix } from '../config/variants.ts';
import { packageSet } from './package-set.ts';

function config(text: string, firmware = 'uefi'): ImageConfig {
  const dimensions = `Dimensions { version { "3.20" {} }, arch { x86_64 {} }, firmware { ${firmware} {} }, bootstrap { tiny {} }, cloud { aws {} } }`;
  const root = parseHocon(`Default { ${text} }\n${dimensions}`, 'test.conf');
  const matrix = resolveMatrix(root.ok ? root.value : expect.unreachable());
  const [variant] = nameVariants(matrix.ok ? matrix.value : expect.unreachable());
  const result = imageConfig(variant ?? expect.unreachable(), {
    release: '3.20.3',
    endOfLife: '2026-04-01',
    sample: false,
  });
  return result.ok ? result.value : expect.unreachable();
}

describe('the package set of a disk', () => {
  it('takes repositories by their path on the CDN, without those that are comments', () => {
    const set = packageSet(
      config(`repos {
        "https://dl-cdn.alpinelinux.org/alpine/{v_version}/main" = true
        "https://dl-cdn.alpinelinux.org/alpine/{v_version}/community" = false
        "https://dl-cdn.alpinelinux.org/alpine/edge/testing/" = testing
      }`),
      '3.22',
    );
    expect(set).toMatchObject({
      ok: true,
      value: {
        repositories: [{ path: 'v3.20/main/x86_64' }, { path: 'edge/testing/x86_64', tag: 'testing' }],
        toolRepositories: [{ path: 'v3.22/main/x86_64' }, { path: 'v3.22/community/x86_64' }],
      },
    });
  });

  it('refuses a repository that no mirror of Alpine can stand in for', () => {
    expect(packageSet(config('repos { "https://example.org/alpine" = true }'), '3.20')).toMatchObject({
      ok: false,
      error: { code: 'AIB_REPOSITORY', what: expect.stringContaining('https://example.org/alpine') },
    });
  });

  it('is sorted, so that the order in a configuration changes nothing', () => {
    const set = packageSet(config('packages { z = true, a = true, m = --no-scripts, sudo = false }'), '3.20');
    expect(set).toMatchObject({ ok: true, value: { world: ['a', 'm', 'z'], noScripts: ['m'], delete: ['sudo'] } });
  });

  it('brings the tools of the firmware, and no others', () => {
    const tools = (firmware: string): readonly string[] => {
      const set = packageSet(config('', firmware), '3.20');
      return set.ok ? set.value.tools : [];
    };
    expect(tools('bios')).toEqual(['e2fsprogs', 'grub', 'grub-bios', 'sfdisk']);
    expect(tools('uefi')).toEqual(['dosfstools', 'e2fsprogs', 'grub', 'grub-efi', 'mtools', 'sfdisk']);
  });
});
