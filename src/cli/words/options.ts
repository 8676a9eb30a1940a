/**
 * The options of the command line, once each: how they are typed, what becomes of their value, and what they mean. Parsing, help, the type that
 * verbs are given and messages about a wrong value come from here. Loads nothing: a build that has nothing to do reads it, too.
 */

/**
 * How the value of an option is read: `switch` has none; `text` is one word as typed, 3.20 no less than 007; `texts` is one word each time that
 * the option comes; `words` are all words up to the next option or label; `names` are separated by commas; `count` is a whole number from 1;
 * `days` a number from 0; `size` bytes, written 20G, 500M or unlimited.
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
  /** `-j, --jobs <n>`: as help shows it. The long name in camel case is the key of the row. */
  readonly flag: string;
  readonly type: OptionType;
  readonly words: string;
  /** A value, as somebody might type it; for all but switches. */
  readonly example?: string;
  /** Of `texts`: without a value it is an empty list, and the verb says what that means. */
  readonly mayStandAlone?: true;
}

export const OPTIONS = {
  // Of every verb.
  cache: {
    flag: '--cache <dir>',
    type: 'text',
    example: '/var/cache/aib',
    words: 'Keep the store here instead of in .cache (or $AIB_CACHE)',
  },
  cacheSize: {
    flag: '--cache-size <size>',
    type: 'size',
    example: '20G',
    words: 'Let the store grow to this size (default 20G, or a quarter of a small disk)',
  },
  mirror: {
    flag: '--mirror <url-or-dir>',
    type: 'texts',
    mayStandAlone: true,
    example: '/srv/alpine',
    words: 'Take Alpine from here this time; of several, each file comes from the first that has it',
  },
  locked: {
    flag: '--locked',
    type: 'switch',
    words: 'Never write the lock, and fail where it has no answer: for builds that somebody else is to repeat',
  },
  offline: {
    flag: '--offline',
    type: 'switch',
    words: 'Ask no mirror: build from what the store has',
  },
  custom: {
    flag: '--custom <dir...>',
    type: 'words',
    example: 'my-images',
    words: 'Lay configs/ and scripts/ of these folders over the others, later ones above',
  },
  vars: {
    flag: '--vars <file...>',
    type: 'words',
    example: 'release.conf',
    words: 'Lay the settings of these files over everything',
  },
  set: {
    flag: '--set <key=value>',
    type: 'texts',
    example: 'Default.motd.mine=Hello',
    words: 'Lay one setting over everything; may come several times',
  },
  json: {
    flag: '--json',
    type: 'switch',
    words: 'For programs: the answer as JSON; of what builds, events, one a line',
  },
  quiet: { flag: '--quiet', type: 'switch', words: 'Only failures' },
  verbose: { flag: '--verbose', type: 'switch', words: 'Also what was up to date' },

  // Of what builds.
  keepGoing: {
    flag: '-k, --keep-going',
    type: 'switch',
    words: 'After a failure, build all that does not need what failed',
  },
  failFast: { flag: '--fail-fast', type: 'switch', words: 'After a failure, stop what runs' },
  jobs: {
    flag: '-j, --jobs <n>',
    type: 'count',
    example: '4',
    words: 'Actions at a time (default: as cores and memory allow)',
  },
  limitFactor: {
    flag: '--limit-factor <n>',
    type: 'count',
    example: '3',
    words: 'Give every step so many times as long before it is ended, on a machine that is slow or busy',
  },
  vary: {
    flag: '--vary <names>',
    type: 'names',
    example: 'time,machine',
    words: 'Make only these different: time, environment, machine, or one by one, such as cpu or locale',
  },
  runs: {
    flag: '--runs <n>',
    type: 'count',
    example: '3',
    words: 'Vary everything so many times, each time otherwise (default 1)',
  },
  minimise: {
    flag: '--minimise',
    type: 'switch',
    words: 'Make what differs again with one thing varied at a time, to name the guilty one',
  },
  against: {
    flag: '--against <place>',
    type: 'text',
    example: 'vendor/tiny.provenance.json',
    words: "Compare with somebody else's provenance: a file, a folder or a URL",
  },
  fromSources: {
    flag: '--from-sources',
    type: 'switch',
    words: 'Start at the lock: fetch everything again, and build from that alone',
  },
  record: {
    flag: '--record <file>',
    type: 'text',
    example: 'tiny.verified.json',
    words: 'Write down what came of it, for others; signed if --key is given, too',
  },
  refresh: {
    flag: '--refresh',
    type: 'switch',
    words: 'Ask the outside world whether what is remembered of it is still there',
  },
  revise: {
    flag: '--revise',
    type: 'switch',
    words: 'Where an image is published and its content has changed since, make the next revision',
  },
  keep: {
    flag: '--keep <n>',
    type: 'count',
    example: '3',
    words: 'Leave the newest releases of each variant alone, so many (default 1)',
  },
  olderThan: {
    flag: '--older-than <days>',
    type: 'days',
    example: '90',
    words: 'Leave alone what was made within so many days (default 90)',
  },
  policy: { flag: '--policy', type: 'switch', words: 'With aws: print the rights that aib needs, as a policy for IAM' },
  notRegions: {
    flag: '--not-regions <regions...>',
    type: 'words',
    example: 'us-gov-west-1',
    words: 'Leave these regions alone this time',
  },
  explain: { flag: '--explain', type: 'switch', words: 'Say in full why each action runs, as aib why does' },
  expectCached: {
    flag: '--expect-cached',
    type: 'switch',
    words: 'Fail at the first action that would have to run, and say why',
  },

  // Of what chooses among variants.
  only: {
    flag: '--only <key...>',
    type: 'words',
    example: 'aws 3.20',
    words: 'Only variants with all of these dimension keys',
  },
  skip: {
    flag: '--skip <key...>',
    type: 'words',
    example: 'metal',
    words: 'No variants with any of these dimension keys',
  },

  // Of answers and pictures.
  output: { flag: '--output <form>', type: 'text', example: 'table', words: 'The form of the answer' },
  to: { flag: '-o, --to <path>', type: 'text', example: 'tiny.svg', words: 'Write it there' },
  by: {
    flag: '--by <attribute,...>',
    type: 'names',
    example: 'arch,version',
    words: 'Factored, but nodes that differ in these stay apart: --by arch,version',
  },
  factored: { flag: '--factored', type: 'switch', words: 'In pictures: nodes that stand alike become one box' },
  state: {
    flag: '--state',
    type: 'switch',
    words: 'Also find out the state of each node: built, stale, missing, failed, external, known or unknown',
  },

  // Of aib size.
  depth: {
    flag: '--depth <n>',
    type: 'count',
    example: '3',
    words: 'Tell of folders down to this depth (default 2)',
  },

  // Of aib config.
  yaml: { flag: '--yaml', type: 'switch', words: 'The variants as YAML; with --json as JSON' },
  origin: { flag: '--origin', type: 'switch', words: 'Each value with the places that made it' },
  diff: { flag: '--diff', type: 'switch', words: 'What is different in the second of two variants' },
  check: { flag: '--check', type: 'switch', words: 'Validate all of it, and say everything that is wrong' },
  configs: {
    flag: '--configs <dir>',
    type: 'text',
    example: 'configs',
    words: 'Read this folder (or top-level file) in place of the built-in and the workspace’s own',
  },
  releases: {
    flag: '--releases <file>',
    type: 'text',
    example: 'releases.json',
    words: 'Take versions, dates and ends of life from a releases.json instead of the lock',
  },

  releaseKey: {
    flag: '--release-key <file>',
    type: 'text',
    example: 'ncopa.asc',
    words: 'Take the key that ISOs are signed with from this file, not from Alpine’s site',
  },

  markdown: { flag: '--markdown', type: 'switch', words: 'The answer as Markdown, for a merge request' },

  // Of the store.
  dryRun: { flag: '--dry-run', type: 'switch', words: 'Only say what would be done' },
  maxSize: {
    flag: '--max-size <size>',
    type: 'size',
    example: '20G',
    words: 'Go down to this size: 20G, 500M, 0 for the newest results alone',
  },
  keepDays: {
    flag: '--keep-days <days>',
    type: 'days',
    example: '30',
    words: 'Keep the newest result of a label for so many days after its last build (default 30)',
  },
  deep: {
    flag: '--deep',
    type: 'switch',
    words: 'Compute the SHA-256 of every blob, not only the fingerprint of large ones',
  },

  // Of aib security.
  fix: { flag: '--fix', type: 'switch', words: 'Move those packages in the lock, and nothing else' },

  // Of records that others can check.
  key: {
    flag: '--key <file>',
    type: 'texts',
    example: 'ci.key',
    words: 'Sign with this private key; may come several times',
  },
  image: {
    flag: '--image <path>',
    type: 'texts',
    example: 'tiny.qcow2',
    words: 'The file that the records must be about, or the folder that it lies in; may come several times',
  },
  trust: {
    flag: '--trust <name=file>',
    type: 'texts',
    example: 'ci=ci.key.pub',
    words: 'Whose signatures count, with the public key; may come several times',
  },
  require: {
    flag: '--require <quorum>',
    type: 'text',
    example: "'2 of ci,lab,vendor'",
    words: 'How many different keys must vouch, and whose (default: one of those that are trusted)',
  },

  // Of mirrors.
  prune: {
    flag: '--prune',
    type: 'switch',
    words: 'Also remove what earlier copies placed there and the lock does not name any more',
  },
  userland: {
    flag: '--userland <file>',
    type: 'text',
    example: 'minirootfs.tar.gz',
    words: 'An Alpine minirootfs: its own apk, busybox and musl (or $AIB_USERLAND)',
  },
  arch: {
    flag: '--arch <name>',
    type: 'text',
    example: 'aarch64',
    words: 'Serve this architecture beside x86_64: aarch64',
  },
  userlandArm: {
    flag: '--userland-arm <file>',
    type: 'text',
    example: 'minirootfs-aarch64.tar.gz',
    words: 'The same as --userland for aarch64, with --arch aarch64 (or $AIB_USERLAND_AARCH64)',
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

export type OptionName = keyof typeof OPTIONS;

/** What a verb is given: of each option that was typed, its value. */
export type Options = { readonly [Name in OptionName]?: ValueOfType[(typeof OPTIONS)[Name]['type']] };

/** What every verb takes. */
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

/** As one types it: `--keep-going`. Also of names that are in no row. */
export function longFlag(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`;
}

/** The letter of `-k`, where there is one. */
export function shortFlag({ flag }: OptionRow): string | undefined {
  return /^-([a-z]),/.exec(flag)?.[1];
}
