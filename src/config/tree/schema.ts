/**
 * Every setting and the form of its value: the table of the validator, the readers and the suggestions. docs/configuration.md documents the
 * meaning of each setting.
 */

import type { NameRule } from './name-rules.ts';
import { PHASES } from './phase-limits.ts';

export type Shape =
  /** One text or number. */
  | { readonly kind: 'text'; readonly name?: NameRule }
  /** With `later`, an unknown word is allowed, because there may be more in the future: such variants are read, but cannot be built. */
  | { readonly kind: 'word'; readonly allowed: readonly string[]; readonly later?: true }
  | { readonly kind: 'date' }
  /** true, false, or a text: `encrypted`. */
  | { readonly kind: 'switch or text' }
  /** A list of texts; a single text is a list of one. */
  | { readonly kind: 'texts'; readonly name?: NameRule }
  | { readonly kind: 'sizes' }
  | { readonly kind: 'number' }
  /** A list of lists of texts: `qemu.args`. */
  | { readonly kind: 'arguments' }
  /** A text, a list, or a map of names that are on: `image_format_opts`. */
  | { readonly kind: 'options'; readonly allowed: readonly string[] }
  /** Names to true, false or null. */
  | { readonly kind: 'flags'; readonly name?: NameRule }
  /** Names to texts. */
  | { readonly kind: 'texts by name' }
  /** Names to true, false, null, or a word that is a tag. */
  | { readonly kind: 'tags' }
  /** The same, and `--no-scripts`, with or without a tag after it. */
  | { readonly kind: 'packages' }
  /** Runlevels to flags. */
  | { readonly kind: 'levels' }
  /** Names to paragraphs: a text, or a list of lines. */
  | { readonly kind: 'paragraphs' }
  | { readonly kind: 'block'; readonly keys: Readonly<Record<string, Shape>> };

const text: Shape = { kind: 'text' };
const texts: Shape = { kind: 'texts' };
const flags: Shape = { kind: 'flags' };

export const RUNLEVELS = ['sysinit', 'boot', 'default', 'nonetwork', 'shutdown'] as const;
const IMAGE_FORMATS = ['qcow2', 'vhd', 'raw', 'raw.tar.gz'] as const;
export const BOOTLOADERS = ['grub', 'grub-efi', 'grub-bios', 'extlinux'] as const;
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

const SWITCH = ['true', 'false'] as const;
/** How a disk is sent to AWS. */
const IMPORT_METHODS = ['ebs', 's3'] as const;

const SETTINGS = {
  project: text,
  userhost: text,
  name: { kind: 'texts', name: 'part' },
  description: texts,
  motd: { kind: 'paragraphs' },
  scripts: { kind: 'texts', name: 'script' },
  script_dirs: { kind: 'texts', name: 'script' },
  disk_size: { kind: 'sizes' },
  image_format: { kind: 'word', allowed: IMAGE_FORMATS, later: true },
  image_format_opts: { kind: 'options', allowed: ['vhd/force-size', 'vhd/fixed_force-size'] },
  image_compress: { kind: 'word', allowed: ['bz2', 'tar.gz'] },
  login: { kind: 'text', name: 'user' },
  repos: { kind: 'tags' },
  repo_keys: texts,
  packages: { kind: 'packages' },
  services: { kind: 'levels' },
  kernel_modules: { kind: 'flags', name: 'word' },
  kernel_options: flags,
  initfs_features: { kind: 'flags', name: 'word' },
  qemu: {
    kind: 'block',
    keys: {
      machine_type: text,
      args: { kind: 'arguments' },
      firmware: text,
      iso_url: text,
      memory: { kind: 'number' },
      cpus: { kind: 'number' },
      timeouts: { kind: 'block', keys: Object.fromEntries(PHASES.map(phase => [phase, { kind: 'number' }])) },
      // Settings, besides memory, that a --vars file of Alpine's own builder may contain.
      boot_wait: { kind: 'texts by name' },
      cmd_wait: text,
      ssh_timeout: text,
    },
  },
  bootloader: { kind: 'word', allowed: BOOTLOADERS, later: true },
  ntp_server: text,
  access: flags,
  regions: flags,
  encrypted: { kind: 'switch or text' },
  import: { kind: 'block', keys: { method: { kind: 'word', allowed: IMPORT_METHODS }, bucket: text, role: text } },
  tpm: { kind: 'word', allowed: SWITCH },
  protected: { kind: 'word', allowed: SWITCH },
  snapshot_access: { kind: 'word', allowed: SWITCH },
  ssm_parameter: text,
  prune: { kind: 'block', keys: { keep: { kind: 'number' }, older_than: { kind: 'number' } } },
  storage_url: text,
  download_url: text,
  signing_cmd: text,
  release_cmd: text,
  end_of_life: { kind: 'date' },
  cloud_region_url: text,
  cloud_launch_url: text,
  // A remainder in Alpine's own builder from before 2022, with a single value.
  builder: { kind: 'word', allowed: ['qemu'] },
} satisfies Readonly<Record<string, Shape>>;

export type SettingKey = keyof typeof SETTINGS;

/** The shape of a setting; undefined for an unknown key. Each dimension has a `…_name` and a `…_url` for descriptions. */
export function shapeOf(key: string, dimensions: ReadonlySet<string>): Shape | undefined {
  const settings: Readonly<Record<string, Shape>> = SETTINGS;
  if (Object.hasOwn(settings, key)) return settings[key];
  const dimension = /^(.+)_(?:name|url)$/.exec(key)?.[1];
  return dimension !== undefined && dimensions.has(dimension) ? text : undefined;
}

export function isSettingKey(key: string, dimensions: ReadonlySet<string>): boolean {
  return shapeOf(key, dimensions) !== undefined;
}

export function settingKeys(dimensions: ReadonlySet<string>): readonly string[] {
  return [...Object.keys(SETTINGS), ...[...dimensions].flatMap(name => [`${name}_name`, `${name}_url`])];
}

/** Keys of dimensions that Alpine's tree has or had; a WHEN may name them even if a project does not have them. */
export const USUAL_KEYS: ReadonlySet<string> = new Set([
  'edge',
  ...['aarch64', 'armhf', 'armv7', 'loongarch64', 'ppc64le', 'riscv64', 's390x', 'x86', 'x86_64'],
  ...['bios', 'uefi', 'tiny', 'cloudinit', 'vm', 'metal'],
  ...['aws', 'azure', 'gcp', 'generic', 'nocloud', 'oci', 'openstack', 'scaleway', 'hetzner'],
]);
