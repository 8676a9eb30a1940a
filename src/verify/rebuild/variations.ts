/**
 * What is varied when a node is built again; it must never change the outputs. A run varies several things at once, so that three runs
 * cover everything; what this machine cannot vary is reported.
 */
import { join } from 'node:path';
import type { Action } from '../../engine/model/action.ts';
import { type Grants, grantsFor } from '../../engine/run/grants.ts';
import { anotherDate, anotherEmulator, anotherHostName, anotherUser, type Prefix } from './another-host.ts';

export const RUNS = ['time', 'environment', 'machine'] as const;
export type RunName = (typeof RUNS)[number];

/** One thing that is varied. */
export interface Variation {
  readonly name: VariationName;
  readonly run: RunName;
  /** Its description, for the user. */
  readonly words: string;
  /** Why it cannot be varied here. */
  readonly cannot?: string;
  readonly grants: (action: Action) => Partial<Grants>;
}

/** Variations that are applied together. */
export interface Run {
  readonly name: RunName;
  /** From 1 on. */
  readonly round: number;
  readonly variations: readonly Variation[];
}

export interface Host {
  /** A folder that does not exist yet, and that the caller removes. */
  readonly place: string;
  /** Another folder, on a filesystem that lists files in the order of their creation. */
  readonly orderedPlace?: string;
  /** The other accelerator (KVM or emulation), if it works here. */
  readonly otherAccelerator?: Grants['accelerator'];
}

const ZONES = ['Asia/Kathmandu', 'America/St_Johns', 'Pacific/Chatham'] as const;
const LOCALES = ['C.UTF-8', 'en_US.UTF-8', 'tr_TR.UTF-8'] as const;
const UMASKS = [0o077, 0o027, 0o002] as const;

/** The names of all variations. */
export const VARIATIONS = [
  ...['date', 'guest-clock'],
  ...['time-zone', 'locale', 'umask', 'user', 'folder', 'file-order', 'host-name', 'noise'],
  ...['cpu', 'memory', 'disk-cache', 'random', 'accelerator', 'emulator'],
] as const;
type VariationName = (typeof VARIATIONS)[number];

/** All variations, with different values in each round. */
function variationsOf(round: number, host: Host): readonly Variation[] {
  const of = <T>(values: readonly T[]): T => values[(round - 1) % values.length] as T;
  const own = `another place, with blanks${' and more'.repeat(round)}`;
  const { place, orderedPlace, otherAccelerator } = host;
  return [
    prefixed('time', 'date', `date of the host (${400 * round} days on)`, anotherDate(round)),
    {
      ...{ run: 'time', name: 'guest-clock', words: 'clock of the build machine when it starts' },
      // A machine that continues from a saved one has the clock of the saved one.
      grants: () => ({ clockOffset: round * 12_345_678, machines: false }),
    },
    { run: 'environment', name: 'time-zone', words: 'time zone', grants: () => ({ timeZone: of(ZONES) }) },
    { run: 'environment', name: 'locale', words: 'locale', grants: () => ({ locale: of(LOCALES) }) },
    { run: 'environment', name: 'umask', words: 'umask', grants: () => ({ umask: of(UMASKS) }) },
    // Before `user`, because the other user may not change the host name.
    prefixed('environment', 'host-name', 'name of the host', anotherHostName(`elsewhere-${round}`)),
    prefixed('environment', 'user', 'user', anotherUser(1_234 + round)),
    { run: 'environment', name: 'folder', words: 'working folder', grants: () => ({ folder: join(place, own) }) },
    {
      ...{ run: 'environment', name: 'file-order', words: 'order of files in folders' },
      ...(orderedPlace === undefined ? { cannot: 'no filesystem here keeps an order and has space for a build' } : {}),
      grants: () => ({ backwards: true, folder: join(orderedPlace ?? place, own) }),
    },
    { run: 'environment', name: 'noise', words: 'additional environment variables', grants: () => ({ noise: NOISE }) },
    {
      ...{ run: 'machine', name: 'cpu', words: 'processors' },
      grants: action => ({ processors: of([1, 2, 3, 4].filter(count => count !== grantsFor(action).processors)) }),
    },
    {
      ...{ run: 'machine', name: 'memory', words: 'memory' },
      grants: action => ({ memory: Math.round(grantsFor(action).memory * (1 + round / 2)) }),
    },
    { run: 'machine', name: 'disk-cache', words: 'cache of disks', grants: () => ({ diskCache: 'writeback' }) },
    {
      ...{ run: 'machine', name: 'random', words: 'random numbers of the build machine' },
      // Machines that continue from the same saved one have the same random numbers.
      grants: () => ({ machines: false }),
    },
    {
      ...{ run: 'machine', name: 'accelerator', words: 'KVM and emulation' },
      ...(otherAccelerator === undefined ? { cannot: 'KVM does not work here' } : {}),
      grants: () => (otherAccelerator === undefined ? {} : { accelerator: otherAccelerator }),
    },
    emulator(),
  ];
}

/** Variables that change the output of programs. */
const NOISE = {
  HOME: '/nonexistent',
  USER: 'somebody',
  LOGNAME: 'somebody',
  COLUMNS: '7',
  LS_COLORS: 'di=01;31',
  QEMU_AUDIO_DRV: 'none',
  GIT_DIR: '/nonexistent',
} as const;

function prefixed(run: RunName, name: VariationName, words: string, prefix: Prefix): Variation {
  return prefix.works
    ? { run, name, words, grants: () => ({ prefix: prefix.words }) }
    : { run, name, words, cannot: prefix.why, grants: () => ({}) };
}

/** Each action states its own emulator. */
function emulator(): Variation {
  const known = new Map<string, Prefix>();
  const other = (program: string): Prefix => {
    const prefix = known.get(program) ?? anotherEmulator(program);
    known.set(program, prefix);
    return prefix;
  };
  const here = other('qemu-system-x86_64');
  return {
    ...{ run: 'machine', name: 'emulator', words: 'another QEMU' },
    ...(here.works ? {} : { cannot: here.why }),
    grants: ({ spec }) => {
      const { AIB_QEMU: program } = spec.environment;
      const prefix = program === undefined ? undefined : other(program);
      return prefix?.works === true ? { prefix: prefix.words } : {};
    },
  };
}

/** Combines the grants of several variations; the words before the command are concatenated. */
export function grantsTogether(variations: readonly Variation[], action: Action): Partial<Grants> {
  const all = variations.map(({ grants }) => grants(action));
  const prefix = all.flatMap(({ prefix: words = [] }) => words);
  return Object.assign({}, ...all, prefix.length === 0 ? {} : { prefix });
}

/**
 * The runs for these names; the name of a run means all its variations. Variations that do not work here are included, so that they are
 * reported.
 */
export function runsOf(names: readonly string[], rounds: number, host: Host): readonly Run[] {
  const made: Run[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const all = variationsOf(round, host);
    for (const name of RUNS) {
      const variations = all.filter(each => each.run === name && (names.includes(name) || names.includes(each.name)));
      if (variations.length > 0) made.push({ name, round, variations });
    }
  }
  return made;
}

export function varied({ variations }: Run): readonly Variation[] {
  return variations.filter(({ cannot }) => cannot === undefined);
}
