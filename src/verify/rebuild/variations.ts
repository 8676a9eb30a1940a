/**
 * What is made different when a node is built again: nothing of it may show in what comes out. Several things at once make a run, so that three runs
 * cover all; what this machine cannot vary is said.
 */
import { join } from 'node:path';
import type { Action } from '../../engine/model/action.ts';
import { type Grants, grantsFor } from '../../engine/run/grants.ts';
import { findOnPath } from '../../util/process/on-path.ts';

export const VARIATIONS = ['time', 'environment', 'machine'] as const;
export type VariationName = (typeof VARIATIONS)[number];

export interface Variation {
  readonly name: VariationName;
  /** In words, for people. */
  readonly varied: readonly string[];
  readonly notVaried: readonly string[];
  readonly grants: (action: Action) => Partial<Grants>;
}

/** `place` is a folder that does not exist yet, and that somebody clears. */
export function variationsFor(names: readonly VariationName[], place: string): readonly Variation[] {
  const all: Readonly<Record<VariationName, () => Variation>> = {
    time: timeVariation,
    environment: () => environmentVariation(place),
    machine: machineVariation,
  };
  return names.map(name => all[name]());
}

/** Days from now: another year, month and day of the week. */
const FAR = 400;

function timeVariation(): Variation {
  const hasFaketime = findOnPath('faketime') !== undefined;
  return {
    name: 'time',
    varied: hasFaketime ? ['moment', `date of the host (${FAR} days on)`] : ['moment'],
    notVaried: hasFaketime ? [] : ['date of the host (faketime is not installed)'],
    // What waits must not wait for years.
    grants: () =>
      hasFaketime ? { prefix: ['env', 'FAKETIME_DONT_FAKE_MONOTONIC=1', 'faketime', '-f', `+${FAR}d`] } : {},
  };
}

function environmentVariation(place: string): Variation {
  return {
    name: 'environment',
    varied: ['time zone', 'locale', 'umask', 'working folder', 'machines that boot, not restored ones'],
    notVaried: [],
    grants: () => ({
      timeZone: 'Asia/Kathmandu',
      locale: 'C.UTF-8',
      umask: 0o077,
      folder: join(place, 'another place, with blanks'),
      machines: false,
    }),
  };
}

function machineVariation(): Variation {
  return {
    name: 'machine',
    varied: ['processors', 'memory'],
    notVaried: [],
    grants: action => {
      const { processors, memory } = grantsFor(action);
      return { processors: processors === 1 ? 2 : 1, memory: Math.round(memory * 1.5) };
    },
  };
}
