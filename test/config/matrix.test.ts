import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseReleases } from '../../src/alpine/locking/releases.ts';
import { type VariantRecord, variantRecord } from '../../src/config/image/record.ts';
import { customLayer, standaloneLayer } from '../../src/config/tree/config-tree.ts';
import type { ConfigLayer } from '../../src/config/tree/layers.ts';
import type { Setting } from '../../src/config/tree/merge.ts';
import { readConfiguration, releasesOfFile, resolveConfigs } from '../../src/rules/project/configuration.ts';

const VERSIONS = ['3.20', '3.19', '3.18', '3.17', 'edge'];
const text = readFileSync(join(import.meta.dirname, 'releases.json'), 'utf8');

function resolve(releasesJson = text, more: readonly ConfigLayer[] = []) {
  const configuration = readConfiguration([standaloneLayer(join(import.meta.dirname, 'matrix')), ...more]);
  const releases = parseReleases(releasesJson);
  if (!configuration.ok || !releases.ok) return expect.unreachable(JSON.stringify([configuration, releases]));
  const known = releasesOfFile(releases.value, VERSIONS);
  const configs = resolveConfigs(configuration.value.variants, known);
  return { known, configs: configs.ok ? configs.value : expect.unreachable(configs.error.what) };
}

const { configs } = resolve();
const records = configs.map(variantRecord);

function record(...keys: readonly string[]): VariantRecord {
  const names = ['version', 'arch', 'firmware', 'bootstrap', 'machine', 'cloud'];
  const found = records.filter(each => names.every((name, index) => each[name] === keys[index]));
  expect(found).toHaveLength(1);
  return found[0] ?? expect.unreachable();
}

// A tree with the structure of Alpine's own tree of 2024: six dimensions, and every rule of the dialect.
describe('a whole tree', () => {
  it('has exactly the variants that nothing excludes', () => {
    const counts: Record<string, number> = {};
    for (const { version, cloud } of configs) {
      const key = `${version} ${cloud}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    const clouds = ['aws', 'nocloud', 'azure', 'gcp', 'oci'];
    const six = ['3.18', '3.19'].flatMap(version => clouds.map(cloud => [`${version} ${cloud}`, 6]));
    const twelve = ['3.20', 'edge'].flatMap(version => clouds.map(cloud => [`${version} ${cloud}`, 12]));
    const rest = [
      ['3.17 aws', 6],
      ['3.20 generic', 6],
      ['edge generic', 6],
    ];
    expect(counts).toEqual(Object.fromEntries([...six, ...twelve, ...rest]));
    expect(configs).toHaveLength(198);
  });

  it('comes to this for one variant, to the letter and in this order', () => {
    const golden = {
      version: '3.20',
      arch: 'x86_64',
      firmware: 'uefi',
      bootstrap: 'tiny',
      machine: 'vm',
      cloud: 'aws',
      release: '3.20.1',
      end_of_life: '2099-04-01',
      image_key: '3.20.1-x86_64-uefi-tiny-vm-aws',
      name: '{cloud}_test-3.20.1-x86_64-uefi-tiny-r{revision}',
      description: 'Test Linux 3.20.1 - https://example.org',
      project: 'https://example.org/test-matrix',
      motd: [
        'Hello!',
        'One line\nand another.',
        'News:\n* <https://alpinelinux.org/posts/Alpine-3.20.1-released.html>',
        'Change this in /etc/motd.',
      ].join('\n\n'),
      scripts: ['setup', 'setup-tiny', 'cleanup'],
      script_dirs: ['setup.d'],
      disk_size: 116,
      image_format: 'vhd',
      login: 'tester',
      storage_url: 'ssh://someone@example.org/images/v3.20/aws/x86_64',
      release_cmd: 'ssh someone@example.org release {v_version} {base}',
      access: { PUBLIC: true },
      regions: { ALL: true },
      repos: [
        'https://dl-cdn.alpinelinux.org/alpine/v3.20/main',
        'https://dl-cdn.alpinelinux.org/alpine/v3.20/community',
        '#https://dl-cdn.alpinelinux.org/alpine/v3.20/testing',
      ],
      packages: {
        add: ['alpine-base', 'linux-virt', 'chrony', 'openssh', 'doas', 'dosfstools', 'tiny-cloud-aws'],
        del: ['sudo'],
        noscripts: ['grub-efi'],
      },
      services: {
        enable: { sysinit: ['devfs', 'mdev'], boot: ['hostname', 'swap'], default: ['sshd', 'chronyd'] },
        disable: {},
      },
      kernel_modules: ['sd-mod', 'ext4', 'ena', 'nvme'],
      kernel_options: ['console=ttyS0,115200n8', 'nvme_core.io_timeout=4294967295'],
      initfs_features: ['ena', 'nvme'],
      arch_name: 'x86_64',
      qemu: { machine_type: null, args: null, firmware: 'work/firmware/uefi-x86_64.bin' },
      bootloader: 'grub-efi',
      bootstrap_name: 'Tiny Cloud',
      machine_name: 'Virtual',
      cloud_name: 'Amazon Web Services',
      ntp_server: '169.254.169.123',
      cloud_region_url: 'https://{region}.example.org/{image_id}',
      encrypted: false,
    };
    expect(JSON.stringify(record('3.20', 'x86_64', 'uefi', 'tiny', 'vm', 'aws'), undefined, 1)).toBe(
      JSON.stringify(golden, undefined, 1),
    );
  });

  it('drops what an included file said, adds a tag, and names edge by a day', () => {
    const edge = record('edge', 'aarch64', 'uefi', 'cloudinit', 'metal', 'nocloud');
    expect(edge).toMatchObject({
      release: '20240619',
      end_of_life: null,
      name: '{cloud}_test-20240619-aarch64-uefi-cloudinit-metal-r{revision}',
      repos: [
        'https://dl-cdn.alpinelinux.org/alpine/edge/main',
        '@edge https://dl-cdn.alpinelinux.org/alpine/edge/testing',
      ],
      disk_size: 100 + 40 + 16 + 80 + 60,
      qemu: {
        machine_type: 'virt',
        args: [
          ['-cpu', 'cortex-a57'],
          ['-boot', 'd'],
        ],
      },
      kernel_options: ['console=ttyS0,115200n8', 'mandatory-when'],
    });
    expect(edge.motd).toBe('Hello!\n\nOne line\nand another.\n\nThis is edge.\n\nChange this in /etc/motd.');
    expect(edge.packages).toMatchObject({ add: expect.arrayContaining(['linux-lts', 'mount']) });
    expect(edge.packages).toMatchObject({ add: expect.not.arrayContaining(['linux-virt', 'mirrors']) });
  });

  it('takes nested WHEN as exceptions, and conditions on versions after the others', () => {
    expect(record('3.17', 'aarch64', 'uefi', 'tiny', 'vm', 'aws')).toMatchObject({
      kernel_modules: ['sd-mod', 'ext4', 'ena', 'nvme'],
      packages: { add: expect.arrayContaining(['tiny-ec2', 'sudo']), del: [] },
    });
    expect(record('3.18', 'aarch64', 'uefi', 'tiny', 'vm', 'aws').kernel_modules).toContain('gpio_pl061');
    const old = record('3.18', 'x86_64', 'bios', 'cloudinit', 'vm', 'nocloud').packages;
    expect(old).toMatchObject({ add: expect.arrayContaining(['util-linux-misc']), noscripts: ['syslinux'] });
    expect(old).toMatchObject({ add: expect.not.arrayContaining(['mount']) });
  });

  it('takes 3.18.10 for newer than 3.18.7', () => {
    expect(record('3.18', 'x86_64', 'bios', 'tiny', 'vm', 'gcp').release).toBe('3.18.10');
  });

  it('has no variants of a version that was past its end when the file of releases was made', () => {
    const { configs: left, known } = resolve(
      text.replace('2099-11-22', '2024-06-18').replace('2099-05-09', '2024-06-19'),
    );
    expect(known.asOf).toBe('2024-06-19');
    expect(new Set(left.map(({ version }) => version))).toEqual(new Set(['3.20', '3.19', '3.18', 'edge']));
  });

  it('knows for every value the places that made it, none of them empty', () => {
    const places: string[] = [];
    const walk = (setting: Setting): void => {
      for (const { file, line } of setting.origins) places.push(`${file.split('/matrix/')[1]}:${line}`);
      if (setting.kind !== 'map') expect(setting.origins.length).toBeGreaterThan(0);
      if (setting.kind === 'list') setting.items.forEach(walk);
      if (setting.kind === 'map') [...setting.entries.values()].forEach(walk);
    };
    for (const config of configs.slice(0, 3)) walk(config.variant.variant.settings);
    expect(places).toContain('version/base/1.conf:7');
    expect(places.every(place => !place.startsWith('undefined'))).toBe(true);
  });

  it('is changed by a layer over it, whose top-level file is a link, as Alpine has them', () => {
    const layer = customLayer(join(import.meta.dirname, 'overlay'));
    const { configs: changed } = resolve(text, [layer.ok ? layer.value : expect.unreachable()]);
    expect(changed).toHaveLength(198 - 12);
    const found = changed.find(({ imageKey }) => imageKey === '3.20.1-x86_64-uefi-tiny-vm-aws');
    expect(variantRecord(found ?? expect.unreachable())).toMatchObject({
      project: 'test-matrix__overlay',
      name: 'overlay-3.20.1-x86_64-uefi-tiny-r{revision}',
      description: 'Overlay Test 3.20.1 - https://example.org',
      access: { PUBLIC: false },
      regions: { ALL: false, 'us-west-2': true },
    });
  });
});
