/**
 * The options of the command line, one row each: flag, type of the value, meaning, example. Parsing, help, man pages, completion, the type that
 * verbs receive and messages about an invalid value are derived from it. Imports nothing, because the null build loads it too.
 */

/**
 * How the value of an option is read. `switch`: no value. `text`: one word as typed (3.20 stays 3.20). `texts`: one word for each use of the option.
 * `words`: all words up to the next option or label. `names`: words separated by commas. `count`: a whole number from 1. `days`: a number from 0.
 * `size`: bytes, written 20G, 500M or unlimited.
 */
export type OptionType = keyof ValueOfType;

interface ValueOfType {
  readonly switch: boolean;
  readonly text: string;
  readonly texts: readonly string[];
  readonly words: readonly string[];
  readonly names: readonly string[];
  readonly count: number;
  readonly days: number;
  /** Infinity for `unlimited`. */
  readonly size: number;
}

export interface OptionRow {
  /** `-j, --jobs <n>`, as help shows it. The key of the row is the long name in camel case. */
  readonly flag: string;
  readonly type: OptionType;
  readonly words: string;
  /** An example of a value, for all options except switches. */
  readonly example?: string;
  /** The possible values, if there are few. */
  readonly values?: readonly string[];
  /** For `texts`: the option may be given without a value, which results in an empty list. */
  readonly mayStandAlone?: true;
}

export const OPTIONS = {
  // All verbs.
  cache: {
    flag: '--cache <dir>',
    type: 'text',
    example: '/var/cache/aib',
    words: 'Folder of the store (default: $AIB_CACHE, or .cache in the workspace)',
  },
  cacheSize: {
    flag: '--cache-size <size>',
    type: 'size',
    example: '20G',
    words: 'Size limit of the store (default: 20G, or a quarter of a small disk)',
  },
  mirror: {
    flag: '--mirror <url-or-dir>',
    type: 'texts',
    mayStandAlone: true,
    example: '/srv/alpine',
    words: 'Use this mirror for this command; with several, each file comes from the first mirror that has it',
  },
  locked: {
    flag: '--locked',
    type: 'switch',
    words: 'Do not write the lock; fail if it is incomplete. For builds that others will repeat',
  },
  offline: {
    flag: '--offline',
    type: 'switch',
    words: 'Do not use the network for a mirror: build from the store alone',
  },
  custom: {
    flag: '--custom <dir...>',
    type: 'words',
    example: 'my-images',
    words: 'Add configs/ and scripts/ of these folders as layers; later folders override earlier ones',
  },
  vars: {
    flag: '--vars <file...>',
    type: 'words',
    example: 'release.conf',
    words: 'Override the configuration with the settings in these files',
  },
  set: {
    flag: '--set <key=value>',
    type: 'texts',
    example: 'Default.motd.mine=Hello',
    words: 'Override one setting; repeatable',
  },
  json: {
    flag: '--json',
    type: 'switch',
    words: 'Print JSON: the answer as one document; for builds, one event per line',
  },
  quiet: { flag: '--quiet', type: 'switch', words: 'Print only failures' },
  verbose: { flag: '--verbose', type: 'switch', words: 'Print also what was up to date' },

  // Verbs that build.
  keepGoing: {
    flag: '-k, --keep-going',
    type: 'switch',
    words: 'After a failure, continue with everything that does not depend on it',
  },
  failFast: { flag: '--fail-fast', type: 'switch', words: 'After a failure, stop the running actions' },
  jobs: {
    flag: '-j, --jobs <n>',
    type: 'count',
    example: '4',
    words: 'Number of parallel actions (default: from processors and memory)',
  },
  limitFactor: {
    flag: '--limit-factor <n>',
    type: 'count',
    example: '3',
    words: 'Multiply all time limits by this factor, for a slow or busy machine',
  },
  vary: {
    flag: '--vary <names>',
    type: 'names',
    example: 'time,machine',
    values: [
      ...['time', 'environment', 'machine', 'date', 'guest-clock'],
      ...['time-zone', 'locale', 'umask', 'user', 'folder', 'file-order', 'host-name', 'noise'],
      ...['cpu', 'memory', 'disk-cache', 'random', 'accelerator', 'emulator'],
    ],
    words: 'Vary only these: time, environment, machine, or single ones such as cpu or locale',
  },
  runs: {
    flag: '--runs <n>',
    type: 'count',
    example: '3',
    words: 'Number of times that all variations run, with different values each time (default 1)',
  },
  minimise: {
    flag: '--minimise',
    type: 'switch',
    words: 'Rebuild what differs with one variation at a time, to find the cause',
  },
  against: {
    flag: '--against <place>',
    type: 'text',
    example: 'vendor/tiny.provenance.json',
    words: 'Compare with a provenance document of another builder: a file, a folder or a URL',
  },
  fromSources: {
    flag: '--from-sources',
    type: 'switch',
    words: 'Start from the lock: fetch everything again and build only from that',
  },
  record: {
    flag: '--record <file>',
    type: 'text',
    example: 'tiny.verified.json',
    words: 'Write the verdict to this file, for others; signed if --key is given',
  },
  refresh: {
    flag: '--refresh',
    type: 'switch',
    words: 'Ask providers again whether remembered objects still exist',
  },
  revise: {
    flag: '--revise',
    type: 'switch',
    words: 'If a published image has changed content, create its next revision',
  },
  keep: {
    flag: '--keep <n>',
    type: 'count',
    example: '3',
    words: 'Number of newest releases of each variant to keep (default 1)',
  },
  olderThan: {
    flag: '--older-than <days>',
    type: 'days',
    example: '90',
    words: 'Keep objects that are younger than this number of days (default 90)',
  },
  policy: {
    flag: '--policy',
    type: 'switch',
    words: 'With aws: print the least IAM policy that aib requires, as JSON',
  },
  notRegions: {
    flag: '--not-regions <regions...>',
    type: 'words',
    example: 'us-gov-west-1',
    words: 'Exclude these regions from this command',
  },
  explain: { flag: '--explain', type: 'switch', words: 'Print the full reason for each action, as aib why does' },
  expectCached: {
    flag: '--expect-cached',
    type: 'switch',
    words: 'Fail at the first action that would have to run, and print the reason',
  },

  remoteCache: {
    flag: '--remote-cache <url-or-dir>',
    type: 'texts',
    example: 'https://cache.example.org/aib',
    words: 'Share results through this server or folder; repeatable (default: $AIB_REMOTE_CACHE, or remote_cache)',
  },
  noRemoteCache: {
    flag: '--no-remote-cache',
    type: 'switch',
    words: 'Use no remote cache, whatever is configured',
  },
  remoteRequired: {
    flag: '--remote-required',
    type: 'switch',
    words: 'Fail if the remote cache cannot be used, instead of continuing without it',
  },

  // Selection of variants.
  only: {
    flag: '--only <key...>',
    type: 'words',
    example: 'aws 3.20',
    words: 'Select only variants with all of these dimension keys',
  },
  skip: {
    flag: '--skip <key...>',
    type: 'words',
    example: 'metal',
    words: 'Exclude variants with any of these dimension keys',
  },

  // Answers and pictures.
  output: { flag: '--output <form>', type: 'text', example: 'table', words: 'Format of the answer' },
  html: { flag: '--html', type: 'switch', words: 'Write the run as one HTML page, and print its path' },
  to: { flag: '-o, --to <path>', type: 'text', example: 'tiny.svg', words: 'Write to this path' },
  by: {
    flag: '--by <attribute,...>',
    type: 'names',
    example: 'arch,version',
    words: 'Group equivalent nodes, but keep nodes apart that differ in these attributes',
  },
  factored: { flag: '--factored', type: 'switch', words: 'In pictures: draw equivalent nodes as one box' },
  state: {
    flag: '--state',
    type: 'switch',
    words: 'Determine also the state of each node: built, stale, missing, failed, external, known or unknown',
  },

  // aib size.
  depth: {
    flag: '--depth <n>',
    type: 'count',
    example: '3',
    words: 'Depth of folders to list (default 2)',
  },

  // aib config.
  yaml: { flag: '--yaml', type: 'switch', words: 'Print the variants as YAML; with --json as JSON' },
  origin: { flag: '--origin', type: 'switch', words: 'Print each value with the places that set it' },
  diff: { flag: '--diff', type: 'switch', words: 'Print the differences between two variants' },
  check: { flag: '--check', type: 'switch', words: 'Validate the whole configuration and print all faults' },
  configs: {
    flag: '--configs <dir>',
    type: 'text',
    example: 'configs',
    words: 'Read this folder (or top-level file) instead of the built-in and the workspace configuration',
  },
  releases: {
    flag: '--releases <file>',
    type: 'text',
    example: 'releases.json',
    words: 'Read versions, dates and ends of life from this releases.json instead of the lock',
  },

  releaseKey: {
    flag: '--release-key <file>',
    type: 'text',
    example: 'ncopa.asc',
    words: 'Read the key that signs the ISOs from this file instead of Alpine’s site',
  },

  since: {
    flag: '--since <rev>',
    type: 'text',
    example: 'main',
    words: 'Show which images differ from this revision of git, and why; REV... means where the branch left REV',
  },
  markdown: { flag: '--markdown', type: 'switch', words: 'Print Markdown, for a merge request' },

  // The store.
  dryRun: { flag: '--dry-run', type: 'switch', words: 'Only print what would be done' },
  maxSize: {
    flag: '--max-size <size>',
    type: 'size',
    example: '20G',
    words: 'Reduce the store to this size: 20G, 500M, or 0 to keep only the newest results',
  },
  keepDays: {
    flag: '--keep-days <days>',
    type: 'days',
    example: '30',
    words: 'Keep the newest result of a label for this number of days after its last build (default 30)',
  },
  deep: {
    flag: '--deep',
    type: 'switch',
    words: 'Compute the SHA-256 of every blob; otherwise large blobs are checked by fingerprint',
  },

  // aib security.
  fix: { flag: '--fix', type: 'switch', words: 'Update the affected packages in the lock, and nothing else' },

  // Records that others can check.
  key: {
    flag: '--key <file>',
    type: 'texts',
    example: 'ci.key',
    words: 'Sign with this private key; repeatable',
  },
  image: {
    flag: '--image <path>',
    type: 'texts',
    example: 'tiny.qcow2',
    words: 'The file that the records describe, or its folder; repeatable',
  },
  trust: {
    flag: '--trust <name=file>',
    type: 'texts',
    example: 'ci=ci.key.pub',
    words: 'A trusted signer: a name and the file of its public key; repeatable',
  },
  require: {
    flag: '--require <quorum>',
    type: 'text',
    example: "'2 of ci,lab,vendor'",
    words: 'How many trusted keys must have signed, and which (default: one of all trusted keys)',
  },

  // Mirrors.
  prune: {
    flag: '--prune',
    type: 'switch',
    words: 'Remove also files of earlier copies that the lock no longer names',
  },
  userland: {
    flag: '--userland <file>',
    type: 'text',
    example: 'minirootfs.tar.gz',
    words: 'An Alpine minirootfs archive, for the real apk, busybox and musl (default: $AIB_USERLAND)',
  },
  arch: {
    flag: '--arch <name>',
    type: 'text',
    example: 'aarch64',
    values: ['aarch64'],
    words: 'Serve this architecture in addition to x86_64: aarch64',
  },
  userlandArm: {
    flag: '--userland-arm <file>',
    type: 'text',
    example: 'minirootfs-aarch64.tar.gz',
    words: 'The same as --userland for aarch64, with --arch aarch64 (default: $AIB_USERLAND_AARCH64)',
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

export type OptionName = keyof typeof OPTIONS;

/** What a verb receives: the value of each option that was typed. */
export type Options = { readonly [Name in OptionName]?: ValueOfType[(typeof OPTIONS)[Name]['type']] };

/** The options that every verb accepts. */
export const GLOBAL_OPTIONS = [
  'cache',
  'cacheSize',
  'mirror',
  'locked',
  'offline',
  'custom',
  'vars',
  'set',
  'json',
  'quiet',
  'verbose',
] as const satisfies readonly OptionName[];

/** The name as typed: `--keep-going`. Accepts names that are in no row, too. */
export function longFlag(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`;
}

/** The letter of `-k`, if the option has one. */
export function shortFlag({ flag }: OptionRow): string | undefined {
  return /^-([a-z]),/.exec(flag)?.[1];
}
