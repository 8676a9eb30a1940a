/** The verbs of the command line: words, purpose, options, examples. Plain data for the parser, help, man pages and completion; runs nothing. */
import type { OptionName } from './options.ts';

export interface VerbRow {
  /** The words after the verb, as help shows them: `<label>` is required, `[...labels]` is any number. */
  readonly takes: string;
  readonly words: string;
  /** In addition to those of every verb. */
  readonly options: readonly OptionName[];
  /** For an option with a special meaning in this verb: flag and description. */
  readonly means?: Partial<
    Readonly<
      Record<OptionName, { readonly flag?: string; readonly words: string; readonly values?: readonly string[] }>
    >
  >;
  /** What the words are, for completion; without it, the shell completes files. */
  readonly completes?: Completed;
  readonly examples: readonly string[];
}

const OF_THESE = {
  only: { words: 'Of these labels, select only variants with all of these dimension keys' },
  skip: { words: 'Of these labels, exclude variants with any of these dimension keys' },
} as const;

/** Labels, numbers of runs, codes of failures, names of verbs, or a fixed list for the first word, with labels after it. */
type Completed = 'labels' | 'labels or files' | 'runs' | 'codes' | readonly string[];

export const VERBS = {
  build: {
    takes: '[...labels]',
    completes: 'labels',
    words: 'Build images that are not up to date, and print why each action ran',
    options: [
      'keepGoing',
      'failFast',
      'jobs',
      'limitFactor',
      'output',
      'explain',
      'expectCached',
      'only',
      'skip',
      'refresh',
      'revise',
      'notRegions',
      'remoteCache',
      'noRemoteCache',
      'remoteRequired',
    ],
    means: { ...OF_THESE, output: { flag: '--output <dir>', words: 'Copy the images to this folder, too' } },
    examples: [
      'aib build //aws/x86_64/uefi/tiny',
      "aib build '//aws/...@all' '//nocloud/...@all' -k",
      "aib build '//aws/...@all:import' -k",
    ],
  },
  boot: {
    takes: '[...labels]',
    completes: 'labels',
    words: 'Boot finished images and wait for the login prompt',
    options: ['keepGoing', 'limitFactor', 'remoteCache', 'noRemoteCache', 'remoteRequired'],
    means: { keepGoing: { words: 'After a failure, continue with the other images' } },
    examples: ['aib boot //aws/x86_64/uefi/tiny'],
  },
  publish: {
    takes: '[...labels]',
    completes: 'labels',
    words: 'Build, boot and import images, copy them to all regions, and share them (docs/aws.md)',
    options: [
      'revise',
      'notRegions',
      'dryRun',
      'keepGoing',
      'jobs',
      'limitFactor',
      'only',
      'skip',
      'remoteCache',
      'noRemoteCache',
      'remoteRequired',
    ],
    means: { ...OF_THESE, dryRun: { words: 'Only say what would be done' } },
    examples: [
      'aib publish //aws/x86_64/uefi/tiny',
      "aib publish '//aws/...@all' -k --not-regions us-gov-west-1",
      'aib publish --revise //aws/x86_64/uefi/tiny',
    ],
  },
  state: {
    takes: '[...labels]',
    completes: 'labels',
    words: 'Show what exists of images at clouds, per region, and what is missing or different; changes nothing',
    options: ['revise', 'notRegions', 'only', 'skip'],
    means: OF_THESE,
    examples: ["aib state '//aws/...@all'", 'aib state //aws/x86_64/uefi/tiny:publish'],
  },
  rollback: {
    takes: '[...labels]',
    completes: 'labels',
    words: 'Remove imports and copies of images that were not published or shared',
    options: ['dryRun', 'notRegions', 'only', 'skip'],
    means: { ...OF_THESE, dryRun: { words: 'Only print what would be removed' } },
    examples: ['aib rollback //aws/x86_64/uefi/tiny'],
  },
  prune: {
    takes: '',
    words:
      'Remove obsolete objects at clouds: superseded revisions, images past their end of life, leftovers of killed runs',
    options: ['dryRun', 'keep', 'olderThan', 'notRegions'],
    means: { dryRun: { words: 'Only print what would be removed' } },
    examples: ['aib prune --dry-run', 'aib prune --keep 3 --older-than 90'],
  },
  run: {
    takes: '<label>',
    completes: 'labels',
    words: 'Boot an image on this terminal; its changes are discarded (Ctrl-A X stops it)',
    options: ['limitFactor'],
    examples: ['aib run //nocloud/x86_64/uefi/tiny'],
  },
  ls: {
    takes: '[...labels]',
    completes: 'labels',
    words: 'List variants and the state of their images',
    options: ['only', 'skip'],
    examples: ['aib ls --only aws 3.20', "aib ls '//nocloud/...@all' --json"],
  },
  config: {
    takes: '[...labels]',
    completes: 'labels',
    words: 'Show the resulting configuration: a table of variants, or one variant in full',
    options: ['only', 'skip', 'yaml', 'origin', 'diff', 'check', 'configs', 'releases'],
    examples: [
      'aib config //aws/x86_64/uefi/tiny --origin',
      'aib config --diff //aws/x86_64/uefi/tiny //aws/x86_64/bios/tiny',
      'aib config --only aws 3.22 --skip metal --json',
    ],
  },
  init: {
    takes: '<dir>',
    words: 'Create a small project: one variant, one script',
    options: [],
    examples: ['aib init my-images'],
  },
  query: {
    takes: '[...expression]',
    completes: 'labels',
    words: 'Query the graph: labels, deps(x), rdeps(universe, x), kind(re, x) … (docs/query.md)',
    options: ['output', 'factored', 'by', 'state'],
    means: {
      output: {
        words: 'label, kind, json (one object per line), table, maxrank, files, dot, mermaid, svg or html',
        values: ['label', 'kind', 'json', 'table', 'maxrank', 'files', 'dot', 'mermaid', 'svg', 'html'],
      },
    },
    examples: [
      "aib query 'deps(//aws/x86_64/uefi/tiny)'",
      "aib query 'attr(state, stale, //...)'",
      "aib query 'kind(disk, rdeps(//..., //source/scripts/setup))'",
      'aib query \'attr(packages, "^chrony = true") ^ //...@all\' --output table',
    ],
  },
  graph: {
    takes: '[...expression]',
    completes: 'labels',
    words: 'Draw the graph: the whole, the dependencies of labels, or the result of a query (docs/graph.md)',
    options: ['output', 'to', 'factored', 'by'],
    means: {
      output: {
        words: 'html (default; zoom, search, facts), svg, dot or mermaid',
        values: ['html', 'svg', 'dot', 'mermaid'],
      },
      to: {
        flag: '-o, --to <file>',
        words: 'Write to this file (default: .cache/graph.html for html, standard output for the rest)',
      },
      factored: { flag: '--no-factored', words: 'Draw every node, instead of one box for equivalent nodes' },
      by: { words: 'Keep nodes apart that differ in these attributes' },
    },
    examples: [
      'aib graph',
      'aib graph //aws/x86_64/uefi/tiny -o tiny.svg',
      "aib graph 'rdeps(//..., //iso/3.20/x86_64)' --by version",
    ],
  },
  why: {
    takes: '[...labels]',
    completes: 'labels',
    words: 'Explain why a node would run now, or ran last; with two labels, how the first depends on the second',
    options: [],
    examples: ['aib why //aws/x86_64/uefi/tiny', 'aib why //aws/x86_64/uefi/tiny:disk //iso/3.20/x86_64'],
  },
  owner: {
    takes: '<path>',
    words: 'Show which node wrote or reads a file, or which variants it configures',
    options: [],
    examples: ['aib owner scripts/setup'],
  },
  plan: {
    takes: '[...labels]',
    completes: 'labels',
    words: 'Show what a build would run, why, and for how long',
    options: ['jobs', 'only', 'skip', 'revise', 'notRegions', 'since', 'markdown'],
    means: { ...OF_THESE, markdown: { words: 'With --since: print Markdown, for a comment on a pull request' } },
    examples: ["aib plan '//aws/...@all'", 'aib plan --since main', 'aib plan --since main... --markdown'],
  },
  log: {
    takes: '[...what]',
    completes: 'runs',
    words: 'List runs, or show a RUN, the log of a LABEL, critical-path [RUN], trace [RUN], diff RUN RUN',
    options: ['html', 'to'],
    means: { to: { flag: '-o, --to <file>', words: 'With --html: write to this file' } },
    examples: [
      'aib log',
      'aib log 7 --html',
      'aib log critical-path 7',
      'aib log diff 6 7',
      'aib log //aws/x86_64/uefi/tiny:disk',
    ],
  },
  action: {
    takes: '<label>',
    completes: 'labels',
    words: 'Show the complete action of a node',
    options: ['to'],
    means: {
      to: { flag: '-o, --to <dir>', words: 'Write its input root to this folder, too, to run the action by hand' },
    },
    examples: ['aib action //aws/x86_64/uefi/tiny:disk --to /tmp/replay'],
  },
  sbom: {
    takes: '<label> [...other]',
    completes: 'labels',
    words: 'List the packages of an image with versions and licences; with --diff, the differences from another image',
    options: ['output', 'diff'],
    means: {
      output: { words: 'table, or a document in JSON: cyclonedx or spdx', values: ['table', 'cyclonedx', 'spdx'] },
      diff: { words: 'For two labels: packages that are in only one, or differ in version' },
    },
    examples: [
      'aib sbom //aws/x86_64/uefi/tiny',
      'aib sbom //aws/x86_64/uefi/tiny --output cyclonedx',
      'aib sbom --diff //aws/x86_64/uefi/tiny //nocloud/x86_64/uefi/tiny',
    ],
  },
  diff: {
    takes: '<image> <other>',
    completes: 'labels or files',
    words:
      'Compare two disk images, files or labels: partitions, files and their content, and the owner of each differing byte',
    options: ['output', 'to'],
    means: {
      output: {
        words: 'text (default), json, or html: one page that shows both sides',
        values: ['text', 'json', 'html'],
      },
      to: { flag: '-o, --to <file>', words: 'Write to this file; a name that ends in .html selects html' },
    },
    examples: [
      'aib diff old.qcow2 new.vhd',
      'aib diff //aws/x86_64/uefi/tiny //nocloud/x86_64/uefi/tiny -o difference.html',
    ],
  },
  size: {
    takes: '<image> [...other]',
    completes: 'labels or files',
    words: 'Show the size of a disk image, a file or a label by use, configuration line, package and folder',
    options: ['diff', 'depth'],
    means: { diff: { words: 'For two images: what is larger or smaller in the second' } },
    examples: [
      'aib size //aws/x86_64/uefi/tiny',
      'aib size old.qcow2 --depth 3',
      'aib size --diff old.qcow2 //aws/x86_64/uefi/tiny',
    ],
  },
  verify: {
    takes: '[...labels]',
    completes: 'labels',
    words: 'Rebuild labels and their dependencies under varied conditions, and compare every byte',
    options: ['vary', 'runs', 'minimise', 'fromSources', 'against', 'jobs', 'limitFactor', 'record', 'key'],
    examples: [
      'aib verify //aws/x86_64/uefi/tiny',
      'aib verify //base/3.20/x86_64/... --vary machine --minimise',
      'aib verify //aws/x86_64/uefi/tiny --from-sources',
      'aib verify --against https://example.org/images/tiny.provenance.json',
      'aib verify //aws/x86_64/uefi/tiny --record tiny.verified.json --key ci.key',
    ],
  },
  key: {
    takes: '<action> [...files]',
    completes: ['new', 'show'],
    words: 'Create a key for signing records (new FILE), or show keys (show FILE…)',
    options: [],
    examples: ['aib key new ci.key', 'aib key show ci.key.pub'],
  },
  attest: {
    takes: '<action> <record> [...records]',
    completes: ['sign', 'verify'],
    words: 'Sign a record about an image (sign), or check signed records (verify)',
    options: ['key', 'output', 'image', 'trust', 'require'],
    means: { output: { flag: '--output <file>', words: 'For sign: write to this file (default: standard output)' } },
    examples: [
      'aib attest sign tiny.provenance.json --key vendor.key --output tiny.signed.json',
      "aib attest verify tiny.signed.json tiny.verified.json --image tiny.qcow2 --trust ci=ci.pub --trust vendor=vendor.pub --require '2 of ci,vendor'",
    ],
  },
  gc: {
    takes: '',
    words: 'Remove the least recently used results until the store is below its size limit',
    options: ['dryRun', 'maxSize', 'keepDays'],
    means: { dryRun: { words: 'Only print what would be removed' } },
    examples: ['aib gc --dry-run', 'aib gc --max-size 0'],
  },
  fsck: {
    takes: '',
    words: 'Check everything in the store and remove what is damaged; the next build makes it again',
    options: ['deep', 'dryRun'],
    means: { dryRun: { words: 'Only print what is damaged' } },
    examples: ['aib fsck --deep'],
  },
  du: {
    takes: '',
    words: 'Show the size of the store by kind and by label, and how much gc could remove',
    options: [],
    examples: ['aib du --json'],
  },
  update: {
    takes: '[...words]',
    words:
      'Lock the current state of the mirror, for everything or for some versions or packages; print the changes by image',
    options: ['releases', 'releaseKey', 'dryRun', 'markdown'],
    means: {
      dryRun: { words: 'Only print what would change' },
      releases: { words: 'Read the list of releases from this file or URL instead of the mirror or Alpine’s site' },
    },
    examples: ['aib update', 'aib update 3.20', 'aib update openssl --dry-run --markdown'],
  },
  security: {
    takes: '[...words]',
    completes: 'labels',
    words: 'List known vulnerabilities of locked packages by image; words are labels or names of vulnerabilities',
    options: ['fix', 'explain', 'only', 'skip'],
    means: { ...OF_THESE, explain: { words: 'Show which configuration line requests the package' } },
    examples: ['aib security', 'aib security --explain CVE-2024-5535', 'aib security --fix'],
  },
  mirror: {
    takes: '<action> [...places]',
    completes: ['use', 'copy', 'sample'],
    words:
      'Set the mirror of this workspace (use URL-or-DIR…), copy what labels require (copy DIR LABEL…), or create the sample mirror (sample DIR)',
    options: ['userland', 'arch', 'userlandArm', 'releases', 'prune'],
    means: {
      releases: { words: 'For use: set also the list of releases, a file or URL' },
      prune: { words: 'For copy: remove files of earlier copies that the lock no longer names' },
    },
    examples: [
      'aib mirror use https://mirror.example.org/alpine https://dl-cdn.alpinelinux.org/alpine',
      "aib mirror copy /media/usb/alpine '//nocloud/...@all'",
      'aib mirror sample /tmp/sample',
      'aib mirror sample /tmp/sample --arch aarch64',
    ],
  },
  quickstart: {
    takes: '',
    words: 'Build and boot a first image, with the sample mirror if Alpine cannot be reached',
    options: ['limitFactor'],
    examples: ['aib quickstart'],
  },
  explain: {
    takes: '<code>',
    completes: 'codes',
    words: 'Explain a failure code: its meaning, an example, and what to do',
    options: [],
    examples: ['aib explain AIB_NOT_LOCKED', 'aib explain not-locked'],
  },
  completion: {
    takes: '<shell>',
    completes: ['bash', 'zsh', 'fish'],
    words: 'Print the script that completes commands of aib in a shell: bash, zsh or fish (docs/setup.md)',
    options: [],
    examples: ['aib completion bash', 'aib completion fish'],
  },
  doctor: {
    takes: '[...what]',
    completes: ['aws', 'remote'],
    words:
      'Check this machine and print a remedy for each fault; with --mirror check a mirror step by step, with aws the account, with remote the remote cache',
    options: ['releases', 'policy', 'remoteCache'],
    means: { releases: { words: 'With --mirror: read the list of releases from this file or URL' } },
    examples: [
      'aib doctor',
      'aib doctor --mirror https://mirror.example.org/alpine',
      'aib doctor aws',
      'aib doctor aws --policy',
      'aib doctor remote',
      'aib doctor remote --remote-cache https://cache.example.org/aib',
    ],
  },
} as const satisfies Readonly<Record<string, VerbRow>>;

export type Verb = keyof typeof VERBS;
