/**
 * The entry of a release's ISO in a lock: its size, checksums and signature, from the files beside it; the ISO itself is fetched by the
 * build that needs it. Never assumes that a release exists because a list names it: around a release, list and mirror differ for hours, so
 * the newest complete release is used.
 */
import { basename } from 'node:path';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { isoPath } from '../mirror/mirror-layout.ts';
import { isSignedBy, type ReleaseKey } from '../package/release-key.ts';
import { isPreRelease } from '../package/version.ts';
import type { LockedIso } from './lock.ts';
import type { Release } from './releases.ts';

export interface IsoRequest {
  readonly mirror: Mirror;
  readonly releaseKey: ReleaseKey;
  /** 3.20 */
  readonly version: string;
  /** Newest first. */
  readonly releases: readonly Release[];
  readonly architectures: readonly string[];
  readonly signal: AbortSignal;
  readonly onNotice: (line: string) => void;
}

export interface LockedIsos {
  readonly release: Release;
  /** By architecture; at least one. Architectures without an ISO on the mirror are missing. */
  readonly iso: Readonly<Record<string, LockedIso>>;
}

/** How many releases back a mirror may be. */
const MOST_BEHIND = 3;

/** From the release that is complete for the most architectures; the newest of them. */
export async function lockIsos(request: IsoRequest): Promise<Result<LockedIsos>> {
  const { version, architectures, onNotice } = request;
  const candidates = request.releases.filter(release => !isPreRelease(release.version)).slice(0, MOST_BEHIND);
  let best: LockedIsos | undefined;
  let missing: Failure | undefined;
  for (const release of candidates) {
    const iso: Record<string, LockedIso> = {};
    for (const arch of architectures) {
      const locked = await lockIso(request, release.version, arch);
      if (locked.ok) iso[arch] = locked.value;
      else if (locked.error.code === 'AIB_MIRROR_NOT_FOUND') missing ??= locked.error;
      else return locked;
    }
    const count = Object.keys(iso).length;
    if (count > Object.keys(best?.iso ?? {}).length) best = { release, iso };
    if (count === architectures.length) break;
  }
  if (best === undefined) {
    return fail(
      missing ?? { code: 'AIB_NO_RELEASE', what: `Version ${version} has no release yet`, where: request.mirror.spec },
    );
  }
  const [newest] = candidates;
  if (newest !== undefined && newest !== best.release)
    onNotice(
      `${newest.version} is not complete on the mirror yet (missing: ${missing?.where}): locking ${best.release.version}`,
    );
  return ok(best);
}

async function lockIso(request: IsoRequest, release: string, arch: string): Promise<Result<LockedIso>> {
  const { mirror, signal, version, releaseKey } = request;
  const path = isoPath(`v${version}`, arch, release);
  const size = await mirror.size(path, signal);
  if (!size.ok) return size;
  const sums: string[] = [];
  for (const [kind, length] of SUMS) {
    const sum = await fetchSum(request, path, kind, length);
    if (!sum.ok) return sum;
    sums.push(sum.value);
  }
  const signature = await mirror.fetch(`${path}.asc`, {
    signal,
    maxBytes: MAX_TEXT,
    accept: async (bytes, where) => {
      const text = Buffer.from(bytes).toString('latin1');
      const signed = await isSignedBy(releaseKey, text, where);
      return signed.ok ? ok(text) : signed;
    },
  });
  if (!signature.ok) return signature;
  const [sha256 = '', sha512 = ''] = sums;
  return ok({ path, size: size.value, sha256, sha512, signature: signature.value });
}

const SUMS = [
  ['sha256', 64],
  ['sha512', 128],
] as const;
const MAX_TEXT = 64 << 10;

/** `<hex>  <file name>`, as sha512sum writes it. */
function fetchSum({ mirror, signal }: IsoRequest, path: string, kind: string, length: number): Promise<Result<string>> {
  const file = basename(path);
  return mirror.fetch(`${path}.${kind}`, {
    signal,
    maxBytes: MAX_TEXT,
    accept: async (bytes, where) => {
      const line = Buffer.from(bytes).toString('latin1');
      const [, digits = '', name = file] = /^([0-9a-f]+)(?: [ *](\S+))?\s*$/.exec(line) ?? [];
      if (digits.length === length && basename(name) === file) return ok(digits);
      return fail({
        code: 'AIB_MIRROR_CONTENT',
        what: `The ${kind} file of ${file} has no valid checksum for it`,
        where,
        got: JSON.stringify(line.slice(0, 80)),
        hint: 'run aib update again later; if the error persists, use another mirror with --mirror',
      });
    },
  });
}
