import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Options } from '../words/options.ts';
import { configCommand } from './config.ts';

const tests = join(import.meta.dirname, '../../../test/config');
const base: Options = { configs: join(tests, 'matrix'), releases: join(tests, 'releases.json') };
const LABEL = '//aws/x86_64/uefi/tiny';

let out: string;
let err: string;
beforeEach(() => {
  out = '';
  err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation(text => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(text => {
    err += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

describe('aib config', () => {
  it('lists variants, filtered by labels and keys', async () => {
    expect(
      await configCommand(['//aws/...@all'], { ...base, only: ['aarch64', 'tiny'], skip: ['metal', 'edge'] }),
    ).toBe(0);
    expect(out.split('\n').map(line => line.replace(/ {2,}/g, ' '))).toEqual([
      'label release format disk name',
      '//aws/aarch64/uefi/tiny@3.20 3.20.1 vhd 116 MiB {cloud}_test-3.20.1-aarch64-uefi-tiny-r{revision}',
      '//aws/aarch64/uefi/tiny@3.19 3.19.2 vhd 116 MiB {cloud}_test-3.19.2-aarch64-uefi-tiny-r{revision}',
      '//aws/aarch64/uefi/tiny@3.18 3.18.10 vhd 116 MiB {cloud}_test-3.18.10-aarch64-uefi-tiny-r{revision}',
      '//aws/aarch64/uefi/tiny@3.17 3.17.8 vhd 116 MiB {cloud}_test-3.17.8-aarch64-uefi-tiny-r{revision}',
      '',
    ]);
  });

  it('shows one in full; as JSON it is a list of one', async () => {
    await configCommand([LABEL], base);
    expect(out).toMatch(/^version: "3.20"\narch: x86_64\n/);
    out = '';
    await configCommand([LABEL], { ...base, json: true, set: ['disk_size=7', 'login=me'] });
    expect(JSON.parse(out)).toMatchObject([
      { version: '3.20', disk_size: 7, login: 'me', packages: { del: ['sudo'] } },
    ]);
  });

  it('tells where a value comes from, with what it overruled', async () => {
    await configCommand([LABEL], { ...base, origin: true, set: ['login=me'] });
    const line = (start: string) => out.split('\n').find(each => each.trim().startsWith(start));
    expect(line('image_format ')).toMatch(/ vhd +\S*matrix\/alpine\.conf:22:18, \S*matrix\/cloud\/aws\.conf:2:16$/);
    expect(line('login ')).toMatch(/ me +\S*alpine\.conf:23:11, --set:1:9$/);
  });

  it('tells two variants apart', async () => {
    await configCommand([LABEL, `${LABEL}@3.19`], { ...base, diff: true });
    expect(out).toContain(
      '--- //aws/x86_64/uefi/tiny@3.20\n+++ //aws/x86_64/uefi/tiny@3.19\n- version = "3.20"\n+ version = "3.19"\n',
    );
    expect(out).toContain('- repos = "https://dl-cdn.alpinelinux.org/alpine/v3.20/main"\n');
    expect(out).not.toContain('disk_size');
  });

  it('checks without a word of releases, and fails with what is wrong', async () => {
    expect(await configCommand([], { configs: join(tests, 'matrix'), check: true })).toBe(0);
    expect(out).toBe('198 variants; the configuration has no faults\n');
    const broken = join(tests, 'broken/04-misspelt-setting.conf');
    expect(await configCommand([], { configs: broken, check: true })).toBe(2);
    expect(err).toMatch(/Unknown setting: pakages.*1 fault in the configuration/s);
  });

  it('passes over what the original passes over, with a warning, and stops at a slip of the pen', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'aib-config-'));
    const write = (more: string) =>
      writeFileSync(
        join(folder, 'images.conf'),
        `Default { name = [x], project = p, disk_size = [1] }
        Dimensions { version { "3.20" {} }, arch { x86_64 {} }, firmware { uefi {} }, bootstrap { tiny {} }, cloud { aws { ${more} } } }`,
      );
    try {
      write('default.sshd = true');
      expect(await configCommand([], { ...base, configs: folder })).toBe(0);
      expect(err).toMatch(/warning: Unknown setting: default/);
      expect(out.split('\n')).toHaveLength(3);
      write('pakages {}');
      expect(await configCommand([], { ...base, configs: folder })).toBe(2);
      expect(err).toMatch(/did you mean packages\?/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each<[readonly string[], Options, RegExp]>([
    [[LABEL], { diff: true }, /--diff requires two labels/],
    [['//aws/x86_64/uefi/tinny'], {}, /did you mean .*tiny/],
    [[], { only: ['awz'] }, /did you mean aws\?/],
    [[], { releases: '/nowhere.json' }, /The file with the list of releases cannot be read/],
    [[], { custom: ['/nowhere'] }, /--custom \/nowhere contains neither configs\/ nor scripts\//],
  ])('says what is wrong with %j %j', async (labels, options, message) => {
    expect(await configCommand(labels, { ...base, ...options })).toBe(2);
    expect(err).toMatch(message);
    expect(out).toBe('');
  });
});
