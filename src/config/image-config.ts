/**
 * What one variant is, as typed values: the reading of the dialect's value tables. Every failure names the file, line and column that made
 * the value.
 *
 *     repos      null skips, false comments out, true plain, a word is a tag          packages   true adds, false deletes, null skips, a word
 *     services   true enables, false disables, null skips                                        is a tag, "--no-scripts [tag]" adds without scripts
 *     kernel_modules, kernel_options, initfs_features   only true counts               disk_size  a list of MiB, summed
 */
import type { Failure } from '../util/failure.ts';
import { fail, ok, type Result } from '../util/result.ts';
import { formatPosition } from './hocon/value.ts';
import type { NamedVariant } from './label.ts';
import { type MapSetting, type Setting, settingAt } from './merge.ts';

export interface ImageConfig {
  readonly variant: NamedVariant;
  readonly version: string;
  readonly arch: string;
  readonly firmware: 'uefi' | 'bios';
  readonly cloud: string;
  readonly project: string;
  /** With `{cloud}` and `{revision}` still in it. */
  readonly name: string;
  readonly description: string;
  readonly motd: string;
  readonly login: string;
  readonly scripts: readonly string[];
  readonly scriptDirs: readonly string[];
  readonly diskMiB: number;
  readonly imageFormat: 'qcow2' | 'vhd' | 'raw';
  /** Only for vhd. */
  readonly vhdType: 'dynamic' | 'fixed';
  /** Lines of /etc/apk/repositories. */
  readonly repositories: readonly string[];
  readonly packages: {
    readonly add: readonly string[];
    readonly noScripts: readonly string[];
    readonly delete: readonly string[];
  };
  /** Runlevel to names. */
  readonly services: {
    readonly enable: ReadonlyMap<string, readonly string[]>;
    readonly disable: ReadonlyMap<string, readonly string[]>;
  };
  readonly kernelModules: readonly string[];
  readonly kernelOptions: readonly string[];
  readonly initfsFeatures: readonly string[];
  readonly ntpServer: string;
  /** `grub` whatever was asked for; set if something else was. */
  readonly mappedBootloader?: string;
  /** What the build machine gets; no part of a key, since neither may change what comes out. */
  readonly machine: { readonly memoryMiB: number; readonly cpus: number };
}

/** What the lock adds to a version: its newest release and what `{…}` in the configuration may name. */
export interface ReleaseFacts {
  readonly release: string;
  readonly endOfLife: string;
  /** Whether it comes from a sample mirror, which the image's name and greeting then say. */
  readonly sample: boolean;
}

const SAMPLE_GREETING =
  'This is a sample, made to try aib out: its packages are stand-ins, and it is not Alpine Linux.';

const DEFAULT_MACHINE = { memoryMiB: 1_024, cpus: 2 };

export function imageConfig(variant: NamedVariant, release: ReleaseFacts): Result<ImageConfig> {
  const { keys, settings } = variant.variant;
  const read = new Reader(settings);
  const words = placeholders(keys, settings, release);
  const firmware = read.word('firmware', keys.get('firmware'), ['uefi', 'bios'] as const);
  const imageFormat = read.word('image_format', undefined, ['qcow2', 'vhd', 'raw'] as const) ?? 'qcow2';
  const bootloader = read.text('bootloader');
  const config: ImageConfig = {
    variant,
    version: variant.version,
    arch: keys.get('arch') ?? '',
    firmware: firmware ?? 'uefi',
    cloud: keys.get('cloud') ?? '',
    project: read.text('project') ?? '',
    name: sampleName(fill(read.texts('name').join('-'), without(words, 'cloud', 'revision')), release.sample),
    description: fill(read.texts('description').join(' '), words),
    motd: fill([...read.mapTexts('motd'), ...(release.sample ? [SAMPLE_GREETING] : [])].join('\n\n'), words),
    login: read.text('login') ?? 'alpine',
    scripts: read.texts('scripts'),
    scriptDirs: read.texts('script_dirs'),
    diskMiB: read.numbers('disk_size').reduce((sum, size) => sum + size, 0),
    imageFormat,
    vhdType: settingAt(settings, 'image_format_opts', 'vhd/fixed_force-size') === undefined ? 'dynamic' : 'fixed',
    repositories: repositoryLines(read.map('repos'), words),
    packages: packageSets(read),
    services: serviceSets(read.map('services')),
    kernelModules: read.trueKeys('kernel_modules'),
    kernelOptions: read.trueKeys('kernel_options'),
    initfsFeatures: read.trueKeys('initfs_features'),
    ntpServer: read.text('ntp_server') ?? '',
    ...(bootloader === undefined || bootloader.startsWith('grub') ? {} : { mappedBootloader: bootloader }),
    machine: {
      memoryMiB: read.number('qemu', 'memory') ?? DEFAULT_MACHINE.memoryMiB,
      cpus: read.number('qemu', 'cpus') ?? DEFAULT_MACHINE.cpus,
    },
  };
  const [failure] = read.failures;
  return failure === undefined ? ok(config) : fail(failure);
}

/** `…-tiny-r{revision}` → `…-tiny-sample-r{revision}`: the revision stays last, where everybody looks for it. */
function sampleName(name: string, sample: boolean): string {
  if (!sample) return name;
  return /-r\{revision\}$/.test(name) ? name.replace(/-r\{revision\}$/, '-sample-r{revision}') : `${name}-sample`;
}

/** Reads settings by key and collects what is wrong with them. */
class Reader {
  readonly failures: Failure[] = [];
  readonly #settings: MapSetting;

  constructor(settings: MapSetting) {
    this.#settings = settings;
  }

  text(key: string): string | undefined {
    const setting = settingAt(this.#settings, key);
    if (setting === undefined || isNull(setting)) return undefined;
    if (setting.kind === 'scalar') return String(setting.value);
    this.#wrong(key, setting, 'a single value');
    return undefined;
  }

  word<T extends string>(key: string, fallback: string | undefined, allowed: readonly T[]): T | undefined {
    const value = this.text(key) ?? fallback;
    if (value === undefined) return undefined;
    const found = allowed.find(word => word === value);
    if (found === undefined) this.#wrong(key, settingAt(this.#settings, key), `one of ${allowed.join(', ')}`, value);
    return found;
  }

  /** A list of texts; a single text is a list of one. */
  texts(key: string): readonly string[] {
    const setting = settingAt(this.#settings, key);
    if (setting === undefined || isNull(setting)) return [];
    const items = setting.kind === 'list' ? setting.items : [setting];
    return items.flatMap(item => {
      if (item.kind === 'scalar' && item.value !== null) return [String(item.value)];
      this.#wrong(key, item, 'a list of words');
      return [];
    });
  }

  numbers(key: string): readonly number[] {
    return this.texts(key).map(text => {
      if (!/^\d+$/.test(text)) this.#wrong(key, settingAt(this.#settings, key), 'a list of whole numbers', text);
      return Number(text);
    });
  }

  /** A positive whole number inside a map. */
  number(...path: readonly string[]): number | undefined {
    const setting = settingAt(this.#settings, ...path);
    if (setting === undefined || isNull(setting)) return undefined;
    const text = setting.kind === 'scalar' ? String(setting.value) : '';
    if (/^[1-9]\d*$/.test(text)) return Number(text);
    this.#wrong(path.join('.'), setting, 'a whole number from 1', text === '' ? undefined : text);
    return undefined;
  }

  map(key: string): ReadonlyMap<string, Setting> {
    const setting = settingAt(this.#settings, key);
    if (setting === undefined || isNull(setting)) return new Map();
    if (setting.kind === 'map') return setting.entries;
    this.#wrong(key, setting, 'a map');
    return new Map();
  }

  /** The texts of a map's values, in order; null ones are skipped. */
  mapTexts(key: string): readonly string[] {
    return [...this.map(key).values()].flatMap(value =>
      value.kind === 'scalar' && typeof value.value === 'string' ? [value.value] : [],
    );
  }

  trueKeys(key: string): readonly string[] {
    return [...this.map(key)].flatMap(([name, value]) =>
      value.kind === 'scalar' && value.value === true ? [name] : [],
    );
  }

  #wrong(key: string, setting: Setting | undefined, wanted: string, got?: string): void {
    const origin = setting?.origins.at(-1);
    this.failures.push({
      code: 'AIB_CONFIG_VALUE',
      what: `${key} must be ${wanted}`,
      ...(origin === undefined ? {} : { where: formatPosition(origin) }),
      got: got ?? `a ${setting?.kind ?? 'missing value'}`,
    });
  }
}

type Words = ReadonlyMap<string, string>;

/** Everything that `{…}` may name: dimension keys, plain settings, and what the lock knows of the release. */
function placeholders(keys: ReadonlyMap<string, string>, settings: MapSetting, release: ReleaseFacts): Words {
  const words = new Map<string, string>();
  for (const [key, setting] of settings.entries) {
    if (setting.kind === 'scalar' && typeof setting.value === 'string') words.set(key, setting.value);
  }
  for (const [dimension, key] of keys) words.set(dimension, key);
  const version = keys.get('version') ?? '';
  words.set('release', release.release);
  words.set('end_of_life', release.endOfLife);
  words.set('v_version', /^\d/.test(version) ? `v${version}` : version);
  return words;
}

function fill(text: string, words: Words): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => words.get(name) ?? whole);
}

function without(words: Words, ...names: readonly string[]): Words {
  return new Map([...words].filter(([name]) => !names.includes(name)));
}

function repositoryLines(repos: ReadonlyMap<string, Setting>, words: Words): readonly string[] {
  return [...repos].flatMap(([url, setting]) => {
    if (setting.kind !== 'scalar' || setting.value === null) return [];
    const filled = fill(url, words);
    if (setting.value === true) return [filled];
    if (setting.value === false) return [`#${filled}`];
    return [`@${setting.value} ${filled}`];
  });
}

function packageSets(read: Reader): ImageConfig['packages'] {
  const sets = { add: [] as string[], noScripts: [] as string[], delete: [] as string[] };
  for (const [name, setting] of read.map('packages')) {
    if (setting.kind !== 'scalar' || setting.value === null) continue;
    const { value } = setting;
    if (value === true) sets.add.push(name);
    else if (value === false) sets.delete.push(name);
    else if (value.startsWith('--no-scripts'))
      sets.noScripts.push(tagged(name, value.slice('--no-scripts'.length).trim()));
    else sets.add.push(tagged(name, value));
  }
  return sets;
}

function tagged(name: string, tag: string): string {
  return tag === '' ? name : `${name}@${tag}`;
}

function serviceSets(levels: ReadonlyMap<string, Setting>): ImageConfig['services'] {
  const pick = (wanted: boolean): ReadonlyMap<string, readonly string[]> => {
    const byLevel = new Map<string, readonly string[]>();
    for (const [level, services] of levels) {
      if (services.kind !== 'map') continue;
      const names = [...services.entries].flatMap(([name, value]) =>
        value.kind === 'scalar' && value.value === wanted ? [name] : [],
      );
      if (names.length > 0) byLevel.set(level, names);
    }
    return byLevel;
  };
  return { enable: pick(true), disable: pick(false) };
}

function isNull(setting: Setting): boolean {
  return setting.kind === 'scalar' && setting.value === null;
}
