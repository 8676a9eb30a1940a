import { describe, expect, it } from 'vitest';
import type { Result } from '../util/result.ts';
import { parseHocon } from './hocon/parse.ts';
import { type ImageConfig, imageConfig } from './image-config.ts';
import { nameVariants } from './label.ts';
import { resolveMatrix } from './variants.ts';

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
      'description = [Alpine, "for {cloud}"], motd { a = "Hi", b = null, c = "to {release}" }',
    );
    expect(description).toBe('Alpine for aws');
    expect(motd).toBe('Hi\n\nto 3.20.3');
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
});

it('gives the build machine the memory and processors that are asked for, or modest ones', () => {
  expect(config('').machine).toEqual({ memoryMiB: 1024, cpus: 2 });
  expect(config('qemu { memory = 2048, cpus = 1 }').machine).toEqual({ memoryMiB: 2048, cpus: 1 });
});

it('marks what comes from a sample mirror, in the name before the revision and in the greeting', () => {
  const result = read('name = [image, "r{revision}"], motd { a = Hi }', true);
  const { name, motd } = result.ok ? result.value : expect.unreachable();
  expect(name).toBe('image-sample-r{revision}');
  expect(motd).toMatch(/^Hi\n\nThis is a sample/);
});

describe('a wrong value', () => {
  it.each([
    ['image_format = vdi', 'image_format must be one of qcow2, vhd, raw', 'vdi'],
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
