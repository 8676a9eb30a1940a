import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadHocon } from '../../src/config/hocon/load.ts';
import { type ImageConfig, imageConfig } from '../../src/config/image/image-config.ts';
import { nameVariants } from '../../src/config/tree/label.ts';
import { resolveMatrix } from '../../src/config/tree/variants.ts';
import { aibHome } from '../../src/util/files/home.ts';

/** The tree that comes with aib. */
const configs = join(aibHome(), 'configs');
const scripts = join(aibHome(), 'scripts');
const images = readImages();

/** As if the newest release of every version were its first, except for 3.20, which is in the golden variant. */
function readImages(): readonly ImageConfig[] {
  const loaded = loadHocon(join(configs, 'images.conf'), { roots: [configs] });
  if (!loaded.ok) throw new Error(loaded.error.what);
  const matrix = resolveMatrix(loaded.value.root);
  if (!matrix.ok) throw new Error(matrix.error.what);
  return nameVariants(matrix.value).map(variant => {
    const { version } = variant;
    const release = version === 'edge' ? '20260102' : version === '3.20' ? '3.20.1' : `${version}.0`;
    const config = imageConfig(variant, { release, endOfLife: '2099-12-31', sample: false });
    if (!config.ok) throw new Error(`${config.error.what} at ${config.error.where}`);
    return config.value;
  });
}

function image(name: string): ImageConfig {
  return images.find(config => config.variant.name === name) ?? expect.unreachable(`there is no ${name}`);
}

function key(config: ImageConfig, dimension: string): string {
  return config.variant.variant.keys.get(dimension) ?? expect.unreachable(`no ${dimension}`);
}

/** The keys of the given dimensions of the images, sorted, each once. */
function distinct(chosen: readonly ImageConfig[], ...dimensions: readonly string[]): readonly string[] {
  return [...new Set(chosen.map(config => dimensions.map(name => key(config, name)).join(' ')))].sort();
}

describe('how many images there are', () => {
  it('counts 6 of each cloud in the days before metal', () => {
    const counts = ['aws', 'azure', 'gcp', 'generic', 'nocloud', 'oci'].map(
      cloud => images.filter(config => config.version === '3.19' && config.cloud === cloud).length,
    );
    expect(counts).toEqual([6, 6, 6, 0, 6, 6]);
  });

  it.each(['3.20', '3.21', '3.22', '3.23', '3.24', 'edge'])(
    'counts 12 of each cloud and 6 generic ones for %s',
    version => {
      const counts = ['aws', 'azure', 'gcp', 'generic', 'nocloud', 'oci'].map(
        cloud => images.filter(config => config.version === version && config.cloud === cloud).length,
      );
      expect(counts).toEqual([12, 12, 12, 6, 12, 12]);
    },
  );

  it('has a BIOS on x86_64 alone, generic images with cloud-init alone', () => {
    expect(distinct(images, 'arch', 'firmware')).toEqual(['aarch64 uefi', 'x86_64 bios', 'x86_64 uefi']);
    const generic = images.filter(({ cloud }) => cloud === 'generic');
    expect(distinct(generic, 'bootstrap', 'machine')).toEqual(['cloudinit metal', 'cloudinit vm']);
  });

  it('gives each image a name of its own', () => {
    expect(new Set(images.map(config => config.name.replace('{cloud}', config.cloud))).size).toBe(images.length);
  });
});

describe('what an image is', () => {
  it('is the golden variant to the letter', () => {
    const golden = image('//aws/x86_64/uefi/tiny@3.20');
    expect(golden).toMatchObject({
      name: '{cloud}_alpine-3.20.1-x86_64-uefi-tiny-r{revision}',
      diskMiB: 132,
      imageFormat: 'vhd',
      packages: {
        add: 'alpine-base linux-virt chrony e2fsprogs openssh tzdata doas dhcpcd dosfstools tiny-cloud-aws'.split(' '),
        delete: ['sudo'],
        noScripts: ['grub-efi'],
      },
      kernelModules: ['sd-mod', 'usb-storage', 'ext4', 'ena', 'nvme'],
      kernelOptions: ['console=ttyS0,115200n8', 'nvme_core.io_timeout=4294967295'],
      initfsFeatures: ['ena', 'nvme'],
      scripts: ['setup', 'setup-tiny', 'cleanup'],
      ntpServer: '169.254.169.123',
      login: 'alpine',
    });
    expect([...golden.services.enable]).toEqual([
      ['sysinit', ['devfs', 'dmesg', 'hwdrivers', 'mdev']],
      ['boot', ['acpid', 'bootmisc', 'hostname', 'hwclock', 'modules', 'swap', 'sysctl', 'syslog']],
      ['default', ['chronyd', 'networking', 'sshd']],
      ['shutdown', ['killprocs', 'mount-ro', 'savecache']],
    ]);
    expect([...golden.services.disable]).toEqual([]);
  });

  it.each([
    ['aws', 'vhd', 'dynamic'],
    ['azure', 'vhd', 'fixed'],
    ['gcp', 'raw', undefined],
    ['nocloud', 'qcow2', undefined],
    ['oci', 'qcow2', undefined],
    ['generic', 'qcow2', undefined],
  ] as const)('is for %s a file of the form %s', (cloud, format, vhdType) => {
    const own = images.filter(config => config.cloud === cloud);
    expect(own.length).toBeGreaterThan(0);
    expect(new Set(own.map(config => config.imageFormat))).toEqual(new Set([format]));
    if (vhdType !== undefined) expect(new Set(own.map(config => config.vhdType))).toEqual(new Set([vhdType]));
  });

  it('puts the console where the machine has one', () => {
    const consoles = (name: string): readonly string[] =>
      image(name).kernelOptions.filter(option => option.startsWith('console='));
    expect(consoles('//nocloud/x86_64/bios/tiny@3.22')).toEqual(['console=ttyS0,115200n8']);
    expect(consoles('//nocloud/aarch64/uefi/tiny@3.22')).toEqual(['console=ttyAMA0,115200n8']);
    expect(consoles('//aws/aarch64/uefi/tiny@3.22')).toEqual(['console=ttyS0,115200n8']);
    expect(consoles('//aws/x86_64/uefi/tiny/metal@3.22')).toEqual(['console=ttyS0,115200n8', 'console=tty0']);
  });

  it('has Tiny Cloud for its cloud, or cloud-init with udev in place of mdev', () => {
    expect(image('//oci/x86_64/uefi/tiny@3.22').packages.add).toContain('tiny-cloud-oci');
    const config = image('//oci/x86_64/uefi/cloudinit@3.22');
    expect(config.packages.add).toEqual(expect.arrayContaining(['cloud-init', 'eudev']));
    expect(config.packages.add.filter(name => name.startsWith('tiny'))).toEqual([]);
    expect(config.services.enable.get('sysinit')).toEqual(['devfs', 'dmesg', 'udev', 'udev-trigger', 'udev-settle']);
    expect(config.scripts).toEqual(['setup', 'setup-cloudinit', 'cleanup']);
  });

  it('has on metal a kernel for real hardware, firmware, and its machine in the name', () => {
    const metal = image('//nocloud/x86_64/uefi/tiny/metal@3.22');
    expect(metal.packages.add).toEqual(expect.arrayContaining(['linux-lts', 'linux-firmware-bnx2x']));
    expect(metal.packages.add).not.toContain('linux-virt');
    expect(metal.packages.delete).toEqual(['sudo']);
    expect(metal.name).toBe('{cloud}_alpine-3.22.0-x86_64-uefi-tiny-metal-r{revision}');
    expect(metal.description).toBe('Alpine Linux 3.22.0 x86_64 (UEFI, Tiny Cloud) for Bare Metal');
  });

  it('has for edge the moving repositories, with testing as a comment', () => {
    const edge = image('//aws/x86_64/uefi/tiny@edge');
    expect(edge.repositories).toEqual([
      'https://dl-cdn.alpinelinux.org/alpine/edge/main',
      'https://dl-cdn.alpinelinux.org/alpine/edge/community',
      '#https://dl-cdn.alpinelinux.org/alpine/edge/testing',
    ]);
    expect(edge.name).toBe('{cloud}_alpine-20260102-x86_64-uefi-tiny-r{revision}');
    expect(edge.motd).toMatch(/^Welcome to Alpine Linux edge, as it was on 20260102!\n\n/);
  });

  it('leaves no placeholder unfilled', () => {
    const texts = images.flatMap(({ motd, description, repositories }) => [motd, description, ...repositories]);
    expect(texts.filter(text => /[{}]/.test(text))).toEqual([]);
  });
});

describe('the scripts', () => {
  it('are just those that the images name', () => {
    expect(readdirSync(scripts).sort()).toEqual([...new Set(images.flatMap(config => config.scripts))].sort());
  });

  it('can be executed by their owner', () => {
    const modes = readdirSync(scripts).map(name => statSync(join(scripts, name)).mode & 0o100);
    expect(modes.filter(mode => mode !== 0o100)).toEqual([]);
  });
});

it('no configuration file lies about unused', () => {
  const loaded = loadHocon(join(configs, 'images.conf'), { roots: [configs] });
  const files = readdirSync(configs, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.conf'));
  expect([...(loaded.ok ? loaded.value.sources.keys() : [])].sort()).toEqual(
    files.map(name => join(configs, name)).sort(),
  );
});
