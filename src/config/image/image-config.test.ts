import { describe, expect, it } from 'vitest';
import type { Result } from '../../util/result.ts';
import { parseHocon } from '../hocon/parse.ts';
import { nameVariants } from '../tree/label.ts';
import { PHASE_LIMITS } from '../tree/phase-limits.ts';
import { resolveMatrix } from '../tree/variants.ts';
import { type ImageConfig, imageConfig } from './image-config.ts';

const DIMENSIONS = `Dimensions {
  version { "3.20" {} }, arch { x86_64 {} }, firmware { uefi {} }, bootstrap { tiny {} }, machine { vm {}, metal {} }, cloud { aws {} } }`;

function read(text: string, sample = false): Result<ImageConfig> {
  const root = parseHocon(`Default { ${text} }\n${DIMENSIONS}`, 'test.conf');
  if (!root.ok) throw new Error(root.error.what);
  const matrix = resolveMatrix(root.value);
  if (!matrix.ok) throw new Error(matrix.error.what);
  const [variant] = nameVariants(matrix.value);
  return imageConfig(variant ?? expect.unreachable(), { release: '3.20.3', endOfLife: '2026-04-01', sample });
}

function whole(text: string, more: { readonly notes?: string } = {}): ImageConfig {
  const root = parseHocon(text, 'test.conf');
  const matrix = resolveMatrix(root.ok ? root.value : expect.unreachable());
  const [variant] = nameVariants(matrix.ok ? matrix.value : expect.unreachable());
  const facts = { release: '3.20.3', endOfLife: '2026-04-01', sample: false, ...more };
  const result = imageConfig(variant ?? expect.unreachable(), facts);
  return result.ok ? result.value : expect.unreachable();
}

function config(text: string): ImageConfig {
  const result = read(text);
  if (!result.ok) throw new Error(result.error.what);
  return result.value;
}

describe('the value tables of the dialect', () => {
  it('joins names with dashes and leaves cloud and revision for later', () => {
    expect(config('name = ["{cloud}_alpine", "{release}", "{arch}", "r{revision}"]').name).toBe(
      '{cloud}_alpine-3.20.3-x86_64-r{revision}',
    );
  });

  it('joins descriptions with spaces and paragraphs of the motd with blank lines, without null ones', () => {
    const { description, motd } = config(
      'description = ["Alpine {release}", "for {cloud}"], motd { a = "Hi", b = null, c = ["to {release}", "and {{you}}"] }',
    );
    expect(description).toBe('Alpine 3.20.3 for aws');
    expect(motd).toBe('Hi\n\nto 3.20.3\nand {you}');
  });

  it('adds up disk sizes', () => {
    expect(config('disk_size = [116, 16]').diskMiB).toBe(132);
  });

  it('writes repositories plain, as a comment, with a tag, or not at all', () => {
    const { repositories } = config(
      'repos { "https://a/{v_version}/main" = true, "https://a/b" = false, "https://a/edge" = edge, "https://a/c" = null }',
    );
    expect(repositories).toEqual(['https://a/v3.20/main', '#https://a/b', '@edge https://a/edge']);
  });

  it('sorts packages into add, delete and without scripts', () => {
    const { packages } = config(
      'packages { a = true, b = false, c = null, d = edge, e = --no-scripts, f = "--no-scripts edge" }',
    );
    expect(packages).toEqual({ add: ['a', 'd@edge'], delete: ['b'], noScripts: ['e', 'f@edge'] });
  });

  it('takes services by level, enabled or disabled', () => {
    const { services } = config('services { boot { a = true, b = false, c = null }, default { d = true } }');
    expect([...services.enable]).toEqual([
      ['boot', ['a']],
      ['default', ['d']],
    ]);
    expect([...services.disable]).toEqual([['boot', ['b']]]);
  });

  it('counts only what is true among modules, options and features', () => {
    expect(config('kernel_options { "console=ttyS0" = true, quiet = false, x = null }').kernelOptions).toEqual([
      'console=ttyS0',
    ]);
  });

  it('maps any boot loader but GRUB to GRUB, and says what was asked for', () => {
    expect(config('bootloader = extlinux').mappedBootloader).toBe('extlinux');
    expect(config('bootloader = grub-efi').mappedBootloader).toBeUndefined();
  });

  it('reads formats and boot loaders that nobody knows yet', () => {
    expect(config('image_format = vdi').imageFormat).toBe('vdi');
    expect(config('bootloader = systemd-boot')).toMatchObject({ unknownBootloader: 'systemd-boot' });
    expect(config('')).not.toHaveProperty('unknownBootloader');
  });
});

it('gives the build machine the memory and processors that are asked for, or modest ones', () => {
  expect(config('').machine).toMatchObject({ memoryMiB: 1024, cpus: 2 });
  expect(config('qemu { memory = 2048, cpus = 1 }').machine).toMatchObject({ memoryMiB: 2048, cpus: 1 });
});

it('gives each phase the seconds that are asked for, or generous ones', () => {
  expect(config('').machine.timeouts).toEqual(PHASE_LIMITS);
  const { timeouts } = config('qemu { timeouts { install = 7200, login = 30 } }').machine;
  expect(timeouts).toEqual({ ...PHASE_LIMITS, install: 7200, login: 30 });
});

it('marks what comes from a sample mirror, in the name before the revision and in the greeting', () => {
  const result = read('name = ["image-{release}", "r{revision}"], motd { a = Hi }', true);
  const { name, motd } = result.ok ? result.value : expect.unreachable();
  expect(name).toBe('image-3.20.3-sample-r{revision}');
  expect(motd).toMatch(/^Hi\n\nThis is a sample/);
});

it('puts the release into name and description where the version stands, as the original builder does, unless they have it', () => {
  const text = `Default { name = [a], description = [Alpine] }
    Dimensions { version { "3.20" { WHEN { x86_64 { name = [when] } } } }, arch { x86_64 { name = [x86_64] } } }
    Mandatory { name = ["r{revision}"] }`;
  const { name, description } = whole(text);
  expect(name).toBe('a-3.20.3-when-x86_64-r{revision}');
  expect(description).toBe('Alpine 3.20.3');
  expect(whole(text.replace('[a]', '["{release}"]')).name).toBe('3.20.3-when-x86_64-r{revision}');
});

it('shows a paragraph on release notes only where there are some', () => {
  const text = 'motd { a = Hi, release_notes = ["Notes:", "* <{release_notes}>"] }';
  expect(config(text).motd).toBe('Hi');
  const notes = 'https://alpinelinux.org/posts/Alpine-3.20.3-released.html';
  expect(whole(`Default { ${text} }\n${DIMENSIONS}`, { notes }).motd).toBe(`Hi\n\nNotes:\n* <${notes}>`);
});

it('takes the end of life from the configuration, where a block after the version says one', () => {
  const text = (own: string) =>
    `Dimensions { version { "3.20" { end_of_life = 2001-01-01 } }, cloud { aws { ${own} } } }`;
  expect(whole(text('')).endOfLife).toBe('2026-04-01');
  expect(whole(text('end_of_life = 2025-01-01')).endOfLife).toBe('2025-01-01');
});

it('keeps where an image goes and who may use it apart from what it is', () => {
  const { distribution } = config(
    'access { PUBLIC = true }, regions { ALL = false }, storage_url = "ssh://h/{v_version}/{cloud}", encrypted = false',
  );
  expect(distribution).toMatchObject({ encrypted: false, storageUrl: 'ssh://h/v3.20/aws' });
  expect([...distribution.regions]).toEqual([['ALL', false]]);
});

it.each(['vhd/fixed_force-size', '["vhd/fixed_force-size"]', '{ "vhd/fixed_force-size" = true }'])(
  'takes format options as a text, a list or a map: %s',
  options => expect(config(`image_format = vhd, image_format_opts = ${options}`).vhdType).toBe('fixed'),
);

it('reports every fault of a variant at once', () => {
  const result = read('qemu.memory = vast, disk_size = [lots], motd { a = "{relese}" }');
  const { what, output = [] } = result.ok ? expect.unreachable() : result.error;
  expect(what).toBe('The configuration has 3 faults');
  expect(output.join('\n')).toMatch(/vast.*lots.*\{relese\} in motd.*did you mean \{release\}/s);
});

describe('a wrong value', () => {
  it.each([
    ['disk_size = [lots]', 'disk_size must be a list of whole numbers', 'lots'],
    ['packages = [a]', 'packages must be a map', 'a list'],
    ['qemu { memory = much }', 'qemu.memory must be a whole number from 1', 'much'],
    ['login { a = 1 }', 'login must be a single value', 'a map'],
  ])('%s: what it must be, what was got, and where', (text, what, got) => {
    const result = read(text);
    expect(result).toMatchObject({ ok: false, error: { code: 'AIB_CONFIG_VALUE', what, got } });
    expect(result.ok ? '' : result.error.where).toMatch(/^test\.conf:1:\d+$/);
  });
});

describe('a disk', () => {
  const sizeOf = (text: string, firmware = 'uefi') => {
    const root = parseHocon(`Default { ${text} }\n${DIMENSIONS.replace('uefi', firmware)}`, 'test.conf');
    const matrix = resolveMatrix(root.ok ? root.value : expect.unreachable());
    const [variant] = nameVariants(matrix.ok ? matrix.value : expect.unreachable());
    return imageConfig(variant ?? expect.unreachable(), { release: '3.20.3', endOfLife: '', sample: false });
  };

  it.each([
    ['image_format = vhd, disk_size = [2088960]', 'uefi'],
    ['image_format = raw, disk_size = [2097152]', 'bios'],
    ['image_format = qcow2, disk_size = [16777215, 1]', 'uefi'],
  ])('may be as large as its format and its firmware bear: %s, %s', (text, firmware) => {
    expect(sizeOf(text, firmware).ok).toBe(true);
  });

  it.each([
    ['image_format = vhd, disk_size = [2088961]', 'uefi', /the limit of a VHD is 2040 GiB/, '2088961 MiB in total'],
    [
      'image_format = raw, disk_size = [2097152, 1]',
      'bios',
      /the limit of BIOS firmware is 2 TiB/,
      '2097153 MiB in total',
    ],
    [
      'disk_size = [99999999999999999999]',
      'uefi',
      /the limit of an image is 16 TiB/,
      '100000000000000000000 MiB in total',
    ],
  ])('may not be larger, and that is told by its place: %s, %s', (text, firmware, what, got) => {
    expect(sizeOf(text, firmware)).toMatchObject({
      error: {
        code: 'AIB_CONFIG_SIZE',
        what: expect.stringMatching(what),
        where: expect.stringMatching(/^test\.conf:1:/),
        got,
      },
    });
  });
});
