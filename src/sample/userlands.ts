/** Reads the userlands of a sample mirror, one for each architecture; never mixes releases, because both are the same version of Alpine. */
import { fail, ok, type Result } from '../util/result.ts';
import type { ArchName } from './architecture.ts';
import { readUserland, type Userland } from './userland.ts';

export type Userlands = Readonly<Record<ArchName, Userland | undefined>>;

/** `x86` and `arm` are archives of a minirootfs; without one, that architecture has stand-ins. */
export async function readUserlands(x86: string | undefined, arm: string | undefined): Promise<Result<Userlands>> {
  const own = x86 === undefined ? ok(undefined) : await readUserland(x86, 'x86_64');
  if (!own.ok) return own;
  const other = arm === undefined ? ok(undefined) : await readUserland(arm, 'aarch64');
  if (!other.ok) return other;
  const releases = [own.value?.release, other.value?.release];
  if (arm !== undefined && releases.every(release => release !== undefined) && releases[0] !== releases[1]) {
    return fail({
      code: 'AIB_BAD_USERLAND',
      what: 'The userlands for x86_64 and aarch64 have different releases',
      where: arm,
      got: `${releases[0]} for x86_64, ${releases[1]} for aarch64`,
      hint: 'pass userlands of the same release, or none for aarch64',
    });
  }
  return ok({ x86_64: own.value, aarch64: other.value });
}
