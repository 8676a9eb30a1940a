/**
 * How a rule declares the parameters of its action: each once, with its value, what it is to people, and where it comes from. Environment, key
 * and the words of `aib why` derive from the declaration, so no parameter can be without words, and no words without a parameter.
 *
 *     shape      value           text
 *     text       one text        as it is
 *     lines      texts           a line for each
 *     words      texts           separated by spaces
 *     names      texts           separated by commas
 *     services   level → names   `sysinit=devfs,dmesg boot=acpid`
 *
 * The texts are in keys: another way to write a shape is a new format version of every rule that uses it.
 */
import type { SettingKey } from '../config/tree/schema.ts';

/** What people are told of a parameter, and what its text is made of. */
export interface ParameterFacts {
  readonly words: string;
  /** Default `text`. */
  readonly shape?: ValueShape;
  /** Settings of the variant that may have a part in the value. Default none. */
  readonly settings?: readonly SettingKey[];
  /** The lock decides it, and its text stands there. */
  readonly locked?: true;
}

export type ValueShape = 'text' | 'lines' | 'words' | 'names' | 'services';

/** `value` is asked when a node is prepared; the same source gives the same value. */
export type Parameter<Source> = ParameterFacts &
  (
    | { readonly shape?: 'text'; readonly value: (source: Source) => string }
    | { readonly shape: 'lines' | 'words' | 'names'; readonly value: (source: Source) => readonly string[] }
    | { readonly shape: 'services'; readonly value: (source: Source) => ReadonlyMap<string, readonly string[]> }
  );

/** By name, as in the environment. */
export type ParameterTable<Source> = Readonly<Record<string, Parameter<Source>>>;

/** What an action is told, in the order of the declarations. */
export function valuesOf<Source, Name extends string>(
  parameters: Readonly<Record<Name, Parameter<Source>>>,
  source: Source,
): Readonly<Record<Name, string>> {
  const values: Partial<Record<Name, string>> = {};
  for (const name of Object.keys(parameters) as Name[]) values[name] = textOf(parameters[name], source);
  return values as Record<Name, string>;
}

function textOf<Source>(parameter: Parameter<Source>, source: Source): string {
  switch (parameter.shape) {
    case undefined:
    case 'text':
      return parameter.value(source);
    case 'lines':
      return parameter.value(source).join('\n');
    case 'words':
      return parameter.value(source).join(' ');
    case 'names':
      return parameter.value(source).join(',');
    case 'services':
      return [...parameter.value(source)].map(([level, names]) => `${level}=${names.join(',')}`).join(' ');
    default:
      return parameter satisfies never;
  }
}

/** What a text is made of, for comparing two of them: a service is `level/name`. */
export function itemsOf(text: string, shape: ValueShape): readonly string[] {
  const split = (separator: string): readonly string[] => text.split(separator).filter(item => item !== '');
  switch (shape) {
    case 'text':
      return text === '' ? [] : [text];
    case 'lines':
      return split('\n');
    case 'words':
      return split(' ');
    case 'names':
      return split(',');
    case 'services':
      return split(' ').flatMap(level => {
        const [name = '', services = ''] = level.split('=');
        return services.split(',').map(service => `${name}/${service}`);
      });
    default:
      return shape satisfies never;
  }
}

/** Of rules that do not declare theirs yet. */
export type KnownParameter = ParameterFacts & Required<Pick<ParameterFacts, 'shape' | 'settings'>>;

export const PARAMETERS: Readonly<Record<string, KnownParameter>> = {
  AIB_FORMAT: of("the version of aib's own format"),
  AIB_KIND: of('the kind of node'),

  // packages, firmware
  DELETE: of('packages that are removed at the end', 'words', 'packages'),
  NO_SCRIPTS: of('packages that are installed without their scripts', 'words', 'packages'),
  PACKAGE: of('the package that the firmware comes from'),
  REPOSITORIES: of('the repositories that packages come from', 'words', 'repos'),
  TOOLS: of("the builder's tools", 'words', 'packages'),
  TOOL_REPOSITORIES: locked("the repositories that the builder's tools come from", 'words'),
  TRUST_ROOT: of('whose signatures count'),
  WORLD: of('packages', 'words', 'packages'),

  // index, iso
  INDEX: of('the path of the package index'),
  ISO: locked("the builder's ISO"),
  SHA256: locked('its SHA-256 in the lock'),
  SHA512: locked('its SHA-512 in the lock'),

  // overlay: what setup scripts read
  ARCH: of('the architecture'),
  BOOTLOADER: of('the boot loader'),
  BOOTSTRAP: of('the bootstrap system'),
  CLOUD: of('the cloud'),
  FIRMWARE: of('the firmware'),
  IMAGE_LOGIN: of('the login user', 'text', 'login'),
  KERNEL_MODULES: of('kernel modules', 'names', 'kernel_modules'),
  KERNEL_OPTIONS: of('kernel options', 'words', 'kernel_options'),
  MACHINE: of('the sort of machine'),
  MOTD: of('the message of the day', 'lines', 'motd'),
  NTP_SERVER: of('the time server', 'text', 'ntp_server'),
  RELEASE: locked('the release'),
  REPOS: of('/etc/apk/repositories', 'lines', 'repos'),
  SERVICES_DISABLE: of('services that are off', 'services', 'services'),
  SERVICES_ENABLE: of('services that are on', 'services', 'services'),
  TARGET: of('where the image is put together'),
  VERSION: of('the version'),

  // disk, boot
  AIB_CPU: of('the processor model of the build machine'),
  AIB_DISK_ID: of('the identifier of the disk', 'text', 'project'),
  AIB_DISK_MIB: of('the size of the disk in MiB', 'text', 'disk_size'),
  AIB_EFI_NAME: of('the file that UEFI starts'),
  AIB_EPOCH: locked("the date of the release, the guest's clock"),
  AIB_ESP_ID: of('the identifier of the EFI file system', 'text', 'project'),
  AIB_ESP_PART_UUID: of('the identifier of the EFI partition', 'text', 'project'),
  AIB_ESP_SECTORS: of('the size of the EFI partition in sectors'),
  AIB_EXPECT: of('what a booted image must say'),
  AIB_FIRMWARE: of('the firmware'),
  AIB_FORMAT_NAME: of('the format of the image', 'text', 'image_format'),
  AIB_GRUB_FORMAT: of('the sort of GRUB'),
  AIB_HASH_SEED: of('the seed of directory hashes', 'text', 'project'),
  AIB_INITFS_FEATURES: of('features of the initramfs', 'words', 'initfs_features'),
  AIB_KERNEL_MODULES: of('kernel modules', 'names', 'kernel_modules'),
  AIB_KERNEL_OPTIONS: of('kernel options', 'words', 'kernel_options'),
  AIB_LIMIT_SECONDS: of('how long booting may take'),
  AIB_MACHINE: of('the machine type of the build machine'),
  AIB_QEMU: of('the emulator'),
  AIB_ROOT_PART_UUID: of('the identifier of the root partition', 'text', 'project'),
  AIB_ROOT_UUID: of('the identifier of the root file system', 'text', 'project'),
  AIB_SCRIPTS: of('the setup scripts, in order', 'words', 'scripts'),

  // image
  IMAGE_FORMAT: of('the format of the image', 'text', 'image_format'),
  VHD_ID: of('the identifier of the VHD', 'text', 'project'),
  VHD_TIME: locked("the date of the release, the VHD's time"),
  VHD_TYPE: of('the type of the VHD', 'text', 'image_format_opts'),

  // metadata
  DESCRIPTION: of('the description', 'text', 'description'),
  DISK_KEY: of('the key of the disk'),
  DISK_SHA256: of('the content of the disk'),
  DISK_SIZE: of('the size of the disk'),
  END_OF_LIFE: locked('the end of life of the version', 'text', 'end_of_life'),
  IMAGE_SHA256: of('the content of the image'),
  IMAGE_SIZE: of('the size of the image'),
  LABEL: of('the label'),
  LOGIN: of('the login user', 'text', 'login'),
  NAME: of('the name of the image', 'text', 'name'),
  PROJECT: of('the project', 'text', 'project'),
  REVISION: of('the revision'),
};

function of(words: string, shape: ValueShape = 'text', ...settings: readonly SettingKey[]): KnownParameter {
  return { words, shape, settings };
}

function locked(words: string, shape: ValueShape = 'text', ...settings: readonly SettingKey[]): KnownParameter {
  return { words, shape, settings, locked: true };
}
