/** The verbs of the command line: what each takes and is for. Plain data, for the parser, the help and whoever documents them; runs nothing. */
import type { OptionName } from './options.ts';

export interface VerbRow {
  /** The words after the verb, as help shows them: `<label>` is needed, `[...labels]` may be any number. */
  readonly takes: string;
  readonly words: string;
  /** Beside those that every verb has. */
  readonly options: readonly OptionName[];
  /** Where an option means something of its own here: how it is typed and what it does. */
  readonly means?: Partial<Readonly<Record<OptionName, { readonly flag?: string; readonly words: string }>>>;
  readonly examples: readonly string[];
}

const OF_THESE = {
  only: { words: 'Of these, only variants with all of these dimension keys' },
  skip: { words: 'Of these, no variants with any of these dimension keys' },
} as const;

export const VERBS = {
  build: {
    takes: '[...labels]',
    words: 'Bring images up to date, and say why anything ran',
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
    ],
    means: { ...OF_THESE, output: { flag: '--output <dir>', words: 'Also copy the images there' } },
    examples: [
      'aib build //aws/x86_64/uefi/tiny',
      "aib build '//aws/...@all' '//nocloud/...@all' -k",
      "aib build '//aws/...@all:import' -k",
    ],
  },
  boot: {
    takes: '[...labels]',
    words: 'Boot finished images and wait for the login prompt',
    options: ['keepGoing', 'limitFactor'],
    means: { keepGoing: { words: 'After a failure, go on with the others' } },
    examples: ['aib boot //aws/x86_64/uefi/tiny'],
  },
  publish: {
    takes: '[...labels]',
    words: 'Build and boot images, import them, copy them to all regions, and let others use them (docs/aws.md)',
    options: ['revise', 'notRegions', 'dryRun', 'keepGoing', 'jobs', 'limitFactor', 'only', 'skip'],
    means: { ...OF_THESE, dryRun: { words: 'Only say what would be done' } },
    examples: [
      'aib publish //aws/x86_64/uefi/tiny',
      "aib publish '//aws/...@all' -k --not-regions us-gov-west-1",
      'aib publish --revise //aws/x86_64/uefi/tiny',
    ],
  },
  state: {
    takes: '[...labels]',
    words: 'What stands at clouds of images, in each region, and what is lacking or different there; changes nothing',
    options: ['revise', 'notRegions', 'only', 'skip'],
    means: OF_THESE,
    examples: ["aib state '//aws/...@all'", 'aib state //aws/x86_64/uefi/tiny:publish'],
  },
  rollback: {
    takes: '[...labels]',
    words: 'Take back what was imported and copied of images, as long as nobody else may use it',
    options: ['dryRun', 'notRegions', 'only', 'skip'],
    means: { ...OF_THESE, dryRun: { words: 'Only say what would be removed' } },
    examples: ['aib rollback //aws/x86_64/uefi/tiny'],
  },
  prune: {
    takes: '',
    words:
      'Remove at clouds what has had its time: superseded revisions, images past their end of life, leftovers of killed runs',
    options: ['dryRun', 'keep', 'olderThan', 'notRegions'],
    means: { dryRun: { words: 'Only say what would be removed' } },
    examples: ['aib prune --dry-run', 'aib prune --keep 3 --older-than 90'],
  },
  run: {
    takes: '<label>',
    words: 'Boot an image on this terminal; what it writes is thrown away (Ctrl-A X ends)',
    options: ['limitFactor'],
    examples: ['aib run //nocloud/x86_64/uefi/tiny'],
  },
  ls: {
    takes: '[...labels]',
    words: 'List variants, and what there is of each',
    options: ['only', 'skip'],
    examples: ['aib ls --only aws 3.20', "aib ls '//nocloud/...@all' --json"],
  },
  config: {
    takes: '[...labels]',
    words: 'Show what the configuration comes to: a table, or one variant in full',
    options: ['only', 'skip', 'yaml', 'origin', 'diff', 'check', 'configs', 'releases'],
    examples: [
      'aib config //aws/x86_64/uefi/tiny --origin',
      'aib config --diff //aws/x86_64/uefi/tiny //aws/x86_64/bios/tiny',
      'aib config --only aws 3.22 --skip metal --json',
    ],
  },
  init: {
    takes: '<dir>',
    words: 'Make a small project of your own there: one variant, one script',
    options: [],
    examples: ['aib init my-images'],
  },
  query: {
    takes: '[...expression]',
    words: 'Ask the graph: labels, deps(x), rdeps(universe, x), kind(re, x) … (docs/query.md)',
    options: ['output', 'factored', 'by', 'state'],
    means: {
      output: { words: 'label, kind, json (one object a line), table, maxrank, files, dot, mermaid, svg or html' },
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
    words: 'Draw the graph: all of it, what labels stand on, or what a query gives (docs/graph.md)',
    options: ['output', 'to', 'factored', 'by'],
    means: {
      output: { words: 'html (default; zoom, search, facts), svg, dot or mermaid' },
      to: {
        flag: '-o, --to <file>',
        words: 'Write it there (default: a page goes to .cache/graph.html, the rest is printed)',
      },
      factored: { flag: '--no-factored', words: 'Draw every node, instead of one box for those that stand alike' },
      by: { words: 'Keep apart what differs in these: --by arch,version' },
    },
    examples: [
      'aib graph',
      'aib graph //aws/x86_64/uefi/tiny -o tiny.svg',
      "aib graph 'rdeps(//..., //iso/3.20/x86_64)' --by version",
    ],
  },
  why: {
    takes: '[...labels]',
    words: 'Why a node would be made now, or was made last; with two labels, how one depends on the other',
    options: [],
    examples: ['aib why //aws/x86_64/uefi/tiny', 'aib why //aws/x86_64/uefi/tiny:disk //iso/3.20/x86_64'],
  },
  owner: {
    takes: '<path>',
    words: 'Which node made a file or reads it, or which variants it configures',
    options: [],
    examples: ['aib owner scripts/setup'],
  },
  plan: {
    takes: '[...labels]',
    words: 'What a build would do, why, and about how long it would take',
    options: ['jobs', 'only', 'skip', 'revise', 'notRegions'],
    means: OF_THESE,
    examples: ["aib plan '//aws/...@all'"],
  },
  log: {
    takes: '[...what]',
    words: 'List runs; or show a run, a log, critical-path [RUN], diff RUN RUN, trace [RUN]',
    options: [],
    examples: ['aib log', 'aib log critical-path 7', 'aib log diff 6 7', 'aib log //aws/x86_64/uefi/tiny:disk'],
  },
  action: {
    takes: '<label>',
    words: 'Show the exact action of a node',
    options: ['to'],
    means: { to: { flag: '-o, --to <dir>', words: 'Also lay out its input root there, to run it by hand' } },
    examples: ['aib action //aws/x86_64/uefi/tiny:disk --to /tmp/replay'],
  },
  sbom: {
    takes: '<label> [...other]',
    words: 'What an image consists of: packages, versions, licences; with --diff, what is different in another',
    options: ['output', 'diff'],
    means: {
      output: { words: 'table, or a document: cyclonedx or spdx, both in JSON' },
      diff: { words: 'Of two labels: packages that are not in both, or have another version' },
    },
    examples: [
      'aib sbom //aws/x86_64/uefi/tiny',
      'aib sbom //aws/x86_64/uefi/tiny --output cyclonedx',
      'aib sbom --diff //aws/x86_64/uefi/tiny //nocloud/x86_64/uefi/tiny',
    ],
  },
  diff: {
    takes: '<image> <other>',
    words:
      'What is different in two disk images, files or labels: partitions, files, what is in them, and whose the other bytes are',
    options: ['output', 'to'],
    means: {
      output: { words: 'text (default), json, or html: one page with both sides beside one another' },
      to: { flag: '-o, --to <file>', words: 'Write it there; a name that ends with .html asks for the page' },
    },
    examples: [
      'aib diff old.qcow2 new.vhd',
      'aib diff //aws/x86_64/uefi/tiny //nocloud/x86_64/uefi/tiny -o difference.html',
    ],
  },
  size: {
    takes: '<image> [...other]',
    words: 'What takes up a disk image, a file or a label: by use, configuration line, package and folder',
    options: ['diff', 'depth'],
    means: { diff: { words: 'Of two images: what is larger or smaller in the second' } },
    examples: [
      'aib size //aws/x86_64/uefi/tiny',
      'aib size old.qcow2 --depth 3',
      'aib size --diff old.qcow2 //aws/x86_64/uefi/tiny',
    ],
  },
  verify: {
    takes: '[...labels]',
    words: 'Build what labels stand on again, differently, and compare every byte',
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
    words: 'Make a key to sign records with (new FILE), or show what keys are (show FILE…)',
    options: [],
    examples: ['aib key new ci.key', 'aib key show ci.key.pub'],
  },
  attest: {
    takes: '<action> <record> [...records]',
    words: 'Sign a record about an image (sign), or check signed ones (verify)',
    options: ['key', 'output', 'image', 'trust', 'require'],
    means: { output: { flag: '--output <file>', words: 'Of sign: write it there (default: it is printed)' } },
    examples: [
      'aib attest sign tiny.provenance.json --key vendor.key --output tiny.signed.json',
      "aib attest verify tiny.signed.json tiny.verified.json --image tiny.qcow2 --trust ci=ci.pub --trust vendor=vendor.pub --require '2 of ci,vendor'",
    ],
  },
  gc: {
    takes: '',
    words: 'Remove the results that were used longest ago, down to the size that the store may have',
    options: ['dryRun', 'maxSize', 'keepDays'],
    means: { dryRun: { words: 'Only say what would go' } },
    examples: ['aib gc --dry-run', 'aib gc --max-size 0'],
  },
  fsck: {
    takes: '',
    words: 'Look at all that the store holds, and remove what is damaged: the next build makes it again',
    options: ['deep', 'dryRun'],
    means: { dryRun: { words: 'Only say what is wrong' } },
    examples: ['aib fsck --deep'],
  },
  du: {
    takes: '',
    words: 'Show what the store holds, by kind and by label, and how much could be collected',
    options: [],
    examples: ['aib du --json'],
  },
  update: {
    takes: '[...words]',
    words:
      'Lock what the mirror serves today, of all or of these versions or packages; say what is different, by image',
    options: ['releases', 'releaseKey', 'dryRun', 'markdown'],
    means: {
      dryRun: { words: 'Only say what would be different' },
      releases: { words: 'Take the list of releases from this file or URL, not from the mirror or Alpine’s site' },
    },
    examples: ['aib update', 'aib update 3.20', 'aib update openssl --dry-run --markdown'],
  },
  security: {
    takes: '[...words]',
    words: 'List known vulnerabilities of the packages in the lock, by image; words are labels, or choose among these',
    options: ['fix', 'explain', 'only', 'skip'],
    means: { ...OF_THESE, explain: { words: 'Say who asked for such a package, to file and line' } },
    examples: ['aib security', 'aib security --explain CVE-2024-5535', 'aib security --fix'],
  },
  mirror: {
    takes: '<action> [...places]',
    words:
      'Remember where Alpine comes from (use URL-or-DIR…), copy what labels need of it (copy DIR LABEL…), or make the sample mirror (sample DIR)',
    options: ['userland', 'arch', 'userlandArm', 'releases', 'prune'],
    means: {
      releases: { words: 'Of use: remember also that the list of releases is this file or URL' },
      prune: { words: 'Of copy: remove what earlier copies placed there and the lock does not name any more' },
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
    words: 'Build and boot a first image, on the sample mirror if Alpine cannot be reached',
    options: ['limitFactor'],
    examples: ['aib quickstart'],
  },
  explain: {
    takes: '<code>',
    words: 'What a failure means, how one comes to it, and what to do',
    options: [],
    examples: ['aib explain AIB_NOT_LOCKED', 'aib explain not-locked'],
  },
  doctor: {
    takes: '[...what]',
    words:
      'Check this machine, and name the remedy for what it lacks; with --mirror, walk a mirror step by step; with aws, check the account',
    options: ['releases', 'policy'],
    means: { releases: { words: 'With --mirror: take the list of releases from this file or URL' } },
    examples: [
      'aib doctor',
      'aib doctor --mirror https://mirror.example.org/alpine',
      'aib doctor aws',
      'aib doctor aws --policy',
    ],
  },
} as const satisfies Readonly<Record<string, VerbRow>>;

export type Verb = keyof typeof VERBS;
