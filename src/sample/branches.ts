/** The versions of a sample mirror and their differences; never reads anything except its arguments. */
import { fail, ok, type Result } from '../util/result.ts';
import type { Branch } from './branch.ts';
import type { RealPackages } from './real-packages.ts';
import type { Userland } from './userland.ts';

const DEFAULT_RELEASE = '3.20.3';
/** 2024-09-06, the day of that release. */
const DEFAULT_TIME = 1_725_580_800;
const DAY = 86_400;

/**
 * The release of the userland is the latest one. The older branch is there so that there are two versions; with Alpine's own packages, it
 * has their release.
 */
export function branchesOf(
  userland: Pick<Userland, 'release' | 'time'> | undefined,
  packages: Pick<RealPackages, 'release' | 'time'> | undefined,
): Result<readonly [Branch, Branch]> {
  const release = userland?.release ?? DEFAULT_RELEASE;
  const time = userland?.time ?? DEFAULT_TIME;
  const minor = minorOf(release);
  const old = packages?.release ?? `3.${minor - 1}.4`;
  if (minorOf(old) >= minor) {
    return fail({
      code: 'AIB_BAD_PACKAGES',
      what: 'The Alpine packages for the sample mirror must be older than its newest version',
      got: `packages of ${old}, a userland of ${release}`,
      hint: 'pass a newer userland, or older packages',
    });
  }
  return ok([
    { name: `3.${minor}`, release, time, usrMerged: true, fullIndex: true },
    {
      name: `3.${minorOf(old)}`,
      release: old,
      time: packages?.time ?? time - DAY,
      usrMerged: false,
      fullIndex: false,
    },
  ]);
}

function minorOf(release: string): number {
  return Number(release.split('.')[1]);
}
