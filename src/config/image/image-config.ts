/**
 * One variant as typed values. Every failure names the file, line and column of the value; all failures of a variant are reported together.
 * Nothing here decides what is part of an action key: each rule takes the fields that it reads.
 */
import type { Failure } from '../../util/failure.ts';
import { fileNameFault } from '../../util/files/file-name.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { formatPosition } from '../hocon/value.ts';
import { allOf } from '../tree/complaint.ts';
import type { NamedVariant } from '../tree/label.ts';
import { type MapSetting, settingAt } from '../tree/merge.ts';
import { PHASE_LIMITS, PHASES, type Phase } from '../tree/phase-limits.ts';
import { BOOTLOADERS, type ImageFormat } from '../tree/schema.ts';
import { diskSizeFault } from './disk-size.ts';
import { imageName } from './image-name.ts';
import { fill, imageKey, unknownWords, type Words, wordsOf } from './placeholders.ts';
import { SettingsReader } from './setting-reader.ts';
import { type PackageLists, packageLists, repositoryLines, type ServiceLists, serviceLists } from './value-tables.ts';

export interface ImageConfig {
  readonly variant: NamedVariant;
  readonly version: string;
  readonly release: string;
  /** YYYY-MM-DD; empty if none is set. */
  readonly endOfLife: string;
  readonly arch: string;
  readonly firmware: 'uefi' | 'bios';
  readonly cloud: string;
  readonly project: string;
  /** All dimension keys, with the release instead of the version: the tag of images of Alpine's own builder. */
  readonly imageKey: string;
  /** With `{cloud}` and `{revision}` not filled in. */
  readonly name: string;
  readonly description: string;
  readonly motd: string;
  readonly login: string;
  readonly scripts: readonly string[];
  readonly scriptDirs: readonly string[];
  readonly diskMiB: number;
  /** May be unknown to aib: the rule that would make it reports that. */
  readonly imageFormat: ImageFormat | (string & {});
  /** Only for vhd. */
  readonly vhdType: 'dynamic' | 'fixed';
  /** Lines of /etc/apk/repositories. */
  readonly repositories: readonly string[];
  /** Addresses of additional keys that may sign packages. */
  readonly repositoryKeys: readonly string[];
  readonly packages: PackageLists;
  /** The part of `packages.add` that all variants of the family have. */
  readonly sharedPackages: readonly string[];
  readonly services: ServiceLists;
  readonly kernelModules: readonly string[];
  readonly kernelOptions: readonly string[];
  readonly initfsFeatures: readonly string[];
  readonly ntpServer: string;
  /** The configured boot loader, if it is not GRUB: aib installs GRUB instead. */
  readonly mappedBootloader?: string;
  /** A boot loader that aib does not know. */
  readonly unknownBootloader?: string;
  /** Resources of the build machine; not part of an action key, because they must not change the output. */
  readonly machine: {
    readonly memoryMiB: number;
    readonly cpus: number;
    /** Seconds that each phase may take. */
    readonly timeouts: Readonly<Record<Phase, number>>;
  };
  /** Where a finished image goes and who may use it; it must not affect the disk. */
  readonly distribution: Distribution;
}

interface Distribution {
  /** Accounts, or PUBLIC. */
  readonly access: ReadonlyMap<string, boolean>;
  /** Regions, or ALL. */
  readonly regions: ReadonlyMap<string, boolean>;
  /** A text is the name of a key. */
  readonly encrypted: boolean | string;
  /** With EBS direct APIs, unless the method is `s3`. */
  readonly importing: { readonly method: string; readonly bucket?: string; readonly role?: string };
  /** The machine has a TPM. */
  readonly tpm: boolean;
  /** Published images are protected from deregistration by mistake. */
  readonly isProtected: boolean;
  /** Accounts that may use the image may use its snapshot. */
  readonly sharesSnapshots: boolean;
  /** A name by which the image of each region can be looked up. */
  readonly parameter?: string;
  /** What `aib prune` keeps. */
  readonly prune: { readonly keep?: number; readonly olderThan?: number };
  readonly storageUrl?: string;
  readonly downloadUrl?: string;
  /** With `{file}` not filled in. */
  readonly signingCommand?: string;
  /** With its placeholders not filled in. */
  readonly releaseCommand?: string;
  /** With `{region}` and `{image_id}` not filled in. */
  readonly regionUrl?: string;
  readonly launchUrl?: string;
}

/** The facts that the lock adds to a version: its newest release, and values for `{…}` in the configuration. */
export interface ReleaseFacts {
  readonly release: string;
  /** YYYY-MM-DD; empty if none is set. */
  readonly endOfLife: string;
  /** Where the release is announced. */
  readonly notes?: string;
  /** Whether it comes from a sample mirror; then the name and the greeting of the image contain that. */
  readonly sample: boolean;
}

const SAMPLE_GREETING =
  'This is a sample, made to try aib out: its packages are stand-ins, and it is not Alpine Linux.';

const DEFAULT_MACHINE = { memoryMiB: 1_024, cpus: 2 };
/** Filled in when an image gets its cloud and revision. */
const LATER = ['cloud', 'revision'];

export function imageConfig(variant: NamedVariant, facts: ReleaseFacts): Result<ImageConfig> {
  const { config, failures } = readImage(variant, facts);
  const failure = allOf(failures);
  return failure === undefined ? ok(config) : fail(failure);
}

interface ReadImage {
  /** Valid only without failures. */
  readonly config: ImageConfig;
  readonly failures: readonly Failure[];
}

/** Reads as much as possible, and collects all faults. */
export function readImage(variant: NamedVariant, facts: ReleaseFacts): ReadImage {
  const { keys, settings } = variant.variant;
  const read = new SettingsReader(settings);
  const endOfLife = variant.variant.endOfLife ?? facts.endOfLife;
  const words = wordsOf(keys, settings, { ...facts, endOfLife });
  const firmware = read.word('firmware', keys.get('firmware'), ['uefi', 'bios'] as const);
  const packages = packageLists(read.map('packages'));
  const config: ImageConfig = {
    variant,
    version: variant.version,
    release: facts.release,
    endOfLife,
    arch: keys.get('arch') ?? '',
    firmware: firmware ?? 'uefi',
    cloud: keys.get('cloud') ?? '',
    project: read.text('project') ?? '',
    imageKey: imageKey(keys, facts.release),
    name: sampleName(fill(read.texts('name').join('-'), words, LATER), facts.sample),
    description: fill(read.texts('description').join(' '), words),
    motd: motd(read, words, facts),
    login: read.text('login') ?? 'alpine',
    scripts: read.texts('scripts'),
    scriptDirs: read.texts('script_dirs'),
    diskMiB: read.numbers('disk_size').reduce((sum, size) => sum + size, 0),
    imageFormat: read.text('image_format') ?? 'qcow2',
    vhdType: read.chosen('image_format_opts').includes('vhd/fixed_force-size') ? 'fixed' : 'dynamic',
    repositories: repositoryLines(read.map('repos'), words),
    repositoryKeys: read.texts('repo_keys'),
    packages,
    sharedPackages: sharedPackages(variant.variant.shared, packages),
    services: serviceLists(read.map('services')),
    kernelModules: read.trueKeys('kernel_modules'),
    kernelOptions: read.trueKeys('kernel_options'),
    initfsFeatures: read.trueKeys('initfs_features'),
    ntpServer: read.text('ntp_server') ?? '',
    ...bootloaderOf(read.text('bootloader')),
    machine: {
      memoryMiB: read.number('qemu', 'memory') ?? DEFAULT_MACHINE.memoryMiB,
      cpus: read.number('qemu', 'cpus') ?? DEFAULT_MACHINE.cpus,
      timeouts: timeouts(read),
    },
    distribution: distribution(read, words),
  };
  const { diskMiB, imageFormat: format } = config;
  const size = diskSizeFault(settings, diskMiB, { format, firmware: config.firmware });
  const faults = [...strangeWords(settings, words), ...unusableName(config), ...(size === undefined ? [] : [size])];
  return { config, failures: [...read.failures, ...faults] };
}

/** aib installs GRUB for all of them. */
function bootloaderOf(name = 'grub'): Pick<ImageConfig, 'mappedBootloader' | 'unknownBootloader'> {
  if (!BOOTLOADERS.some(known => known === name)) return { unknownBootloader: name };
  return name.startsWith('grub') ? {} : { mappedBootloader: name };
}

/** Faults are ignored here: they are reported for the variant's own settings. */
function sharedPackages(shared: MapSetting | undefined, { add }: PackageLists): readonly string[] {
  const family = shared === undefined ? undefined : packageLists(new SettingsReader(shared).map('packages'));
  return family === undefined ? [] : add.filter(name => family.add.includes(name));
}

/** `…-tiny-r{revision}` → `…-tiny-sample-r{revision}`: the revision stays last. */
function sampleName(name: string, sample: boolean): string {
  if (!sample) return name;
  return /-r\{revision\}$/.test(name) ? name.replace(/-r\{revision\}$/, '-sample-r{revision}') : `${name}-sample`;
}

/** Bytes. With file extensions and temporary suffixes it stays below the limit of filesystems. */
const LONGEST_NAME = 200;

/** Checks the complete name after placeholders are filled in. A missing name is reported elsewhere. */
function unusableName(config: ImageConfig): readonly Failure[] {
  const filled = imageName(config, 0);
  const fault = filled === '' ? undefined : fileNameFault(filled, LONGEST_NAME);
  if (fault === undefined) return [];
  const origin = settingAt(config.variant.variant.settings, 'name')?.origins.at(-1);
  return [
    {
      code: 'AIB_CONFIG_PATH',
      what: 'Setting `name` results in an invalid file name',
      ...(origin === undefined ? {} : { where: formatPosition(origin) }),
      got: `${JSON.stringify(filled)}: ${fault}`,
    },
  ];
}

/** The paragraph on release notes is left out if there are none. */
function motd(read: SettingsReader, words: Words, facts: ReleaseFacts): string {
  const paragraphs = [...read.paragraphs('motd')]
    .filter(([name]) => name !== 'release_notes' || facts.notes !== undefined)
    .map(([, text]) => fill(text, words));
  return [...paragraphs, ...(facts.sample ? [SAMPLE_GREETING] : [])].join('\n\n');
}

function timeouts(read: SettingsReader): Readonly<Record<Phase, number>> {
  const entries = PHASES.map(phase => [phase, read.number('qemu', 'timeouts', phase) ?? PHASE_LIMITS[phase]]);
  return Object.fromEntries(entries) as Record<Phase, number>;
}

function distribution(read: SettingsReader, words: Words): Distribution {
  const encrypted = read.text('encrypted') ?? 'false';
  const optional = <K extends string>(name: K, value: string | undefined): { readonly [P in K]?: string } =>
    (value === undefined || value === '' ? {} : { [name]: value }) as { readonly [P in K]?: string };
  const counted = (name: string, value: number | undefined) => (value === undefined ? {} : { [name]: value });
  const filled = (key: string): string | undefined => {
    const text = read.text(key);
    return text === undefined ? undefined : fill(text, words);
  };
  return {
    access: read.switches('access'),
    regions: read.switches('regions'),
    encrypted: encrypted === 'true' || (encrypted === 'false' ? false : encrypted),
    importing: {
      method: read.text('import', 'method') ?? 'ebs',
      ...optional('bucket', read.text('import', 'bucket')),
      ...optional('role', read.text('import', 'role')),
    },
    tpm: read.text('tpm') === 'true',
    isProtected: read.text('protected') === 'true',
    sharesSnapshots: read.text('snapshot_access') === 'true',
    ...optional('parameter', filled('ssm_parameter')),
    prune: {
      ...counted('keep', read.number('prune', 'keep')),
      ...counted('olderThan', read.number('prune', 'older_than')),
    },
    ...optional('storageUrl', filled('storage_url')),
    ...optional('downloadUrl', filled('download_url')),
    ...optional('signingCommand', read.text('signing_cmd')),
    ...optional('releaseCommand', read.text('release_cmd')),
    ...optional('regionUrl', read.text('cloud_region_url')),
    ...optional('launchUrl', read.text('cloud_launch_url')),
  };
}

function strangeWords(settings: MapSetting, words: Words): readonly Failure[] {
  const notes = ['release_notes'];
  return [
    ...unknownWords(settings, 'name', words, LATER),
    ...unknownWords(settings, 'description', words, ['revision']),
    ...unknownWords(settings, 'motd', words, notes),
    ...unknownWords(settings, 'repos', words, []),
    ...unknownWords(settings, 'ssm_parameter', words, []),
    ...unknownWords(settings, 'storage_url', words, []),
    ...unknownWords(settings, 'download_url', words, []),
  ];
}
