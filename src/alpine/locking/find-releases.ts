/**
 * Finds the list of releases. Alpine publishes it only on its web site, so a mirror of packages has none. Reports which list is used, and
 * never falls back to another place when the user named one.
 *
 *     --releases FILE-or-URL  →  releases.json at the top of the mirror  →  alpinelinux.org  →  what the lock knows
 */
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { type Failure, internal } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { ALPINE_CDN, isUrl, webAddress } from '../mirror/mirror-address.ts';
import { RELEASES_PATH } from '../mirror/mirror-layout.ts';
import { openMirror } from '../mirror/open-mirror.ts';
import { compareVersions } from '../package/version.ts';
import type { Lock } from './lock.ts';
import { parseReleases, type Releases } from './releases.ts';

export interface ReleasesRequest {
  readonly mirror: Mirror;
  /** As the user named it: a file or a URL. */
  readonly named: string | undefined;
  /** Where Alpine's own list is; undefined for a sample, which is not Alpine. */
  readonly site: Mirror | undefined;
  /** The current lock. */
  readonly known: Lock | undefined;
  /** The configured versions: invalid entries of other versions are skipped. */
  readonly versions: readonly string[];
  readonly signal: AbortSignal;
  readonly onNotice: (line: string) => void;
}

export interface FoundReleases {
  readonly releases: Releases;
  /** The file, URL or lock, for messages. */
  readonly where: string;
}

/** Alpine's web site, as a mirror of this one file. */
export function alpineSite(): Mirror {
  const site = openMirror('https://alpinelinux.org');
  if (!site.ok) throw internal(site.error.what);
  return site.value;
}

export async function findReleases(request: ReleasesRequest): Promise<Result<FoundReleases>> {
  const { mirror, named, site, known, onNotice } = request;
  if (named !== undefined) return isUrl(named) ? fromUrl(named, request) : fromFile(named, request);
  const missed: Failure[] = [];
  if (mirror.places.some(({ spec }) => spec !== ALPINE_CDN)) {
    const own = await fetched(mirror, RELEASES_PATH, request);
    if (own.ok) return own;
    // If one of several mirrors is down, another may have the list.
    const isDown = own.error.code === 'AIB_MIRROR_UNREACHABLE' && mirror.places.length > 1;
    if (!isElsewhere(own.error) && !isDown) return own;
    missed.push(own.error);
  }
  if (site !== undefined) {
    const alpines = await fetched(site, RELEASES_PATH, request);
    if (alpines.ok) {
      if (missed.length > 0) onNotice(`the mirror has no list of releases: using ${alpines.value.where}`);
      return alpines;
    }
    if (alpines.error.code === 'AIB_CANCELLED') return alpines;
    missed.push(alpines.error);
  }
  if (known !== undefined && Object.keys(known.releases).length > 0) {
    const [why] = missed.slice(-1);
    onNotice(
      `no list of releases is available (${why?.where}: ${why?.got ?? why?.what}): using the releases in the lock of ${known.updated}; newer releases are not detected`,
    );
    return ok({ releases: releasesOf(known), where: `the lock of ${known.updated}` });
  }
  return fail({
    code: 'AIB_NO_RELEASE_LIST',
    what: "Alpine's list of releases is not available",
    where: mirror.spec,
    output: missed.map(({ where = '', what, got }) => `${where}: ${got ?? what}`),
    hint: `fetch https://alpinelinux.org/${RELEASES_PATH} on a machine with a network, and pass it with aib update --releases FILE`,
  });
}

/** A missing file or a web page instead of it is normal for a mirror; any other failure is not. */
function isElsewhere({ code }: Failure): boolean {
  return code === 'AIB_MIRROR_NOT_FOUND' || code === 'AIB_MIRROR_WEB_PAGE';
}

function fetched(from: Mirror, path: string, request: ReleasesRequest): Promise<Result<FoundReleases>> {
  return from.fetch(path, {
    signal: request.signal,
    maxBytes: MAX_BYTES,
    accept: async (content, where) => {
      const parsed = parseReleases(Buffer.from(content).toString('utf8'), where, request.versions);
      return parsed.ok ? ok({ releases: parsed.value, where }) : parsed;
    },
  });
}

/** Alpine's list has about 60 KB. */
const MAX_BYTES = 16 << 20;

async function fromUrl(named: string, request: ReleasesRequest): Promise<Result<FoundReleases>> {
  const url = webAddress(named, 'list of releases');
  if (!url.ok) return url;
  const folder = openMirror(new URL('.', url.value).href);
  return folder.ok ? fetched(folder.value, basename(url.value.pathname), request) : folder;
}

async function fromFile(named: string, { versions }: ReleasesRequest): Promise<Result<FoundReleases>> {
  const where = resolve(named);
  try {
    const parsed = parseReleases(await readFile(where, 'utf8'), where, versions);
    return parsed.ok ? ok({ releases: parsed.value, where }) : parsed;
  } catch (error) {
    const got = (error as Error).message;
    const what = 'The list of releases cannot be read';
    return fail({
      code: 'AIB_BAD_RELEASES',
      what,
      where,
      got,
      hint: `name a releases.json (the folder is ${dirname(where)})`,
    });
  }
}

/** For each locked version its one release; the architectures are those with an index. */
function releasesOf({ releases, indexes, builder }: Lock): Releases {
  const branches = Object.entries(releases).map(([name, { release, date, endOfLife, notes }]) => {
    const folder = name === 'edge' ? name : `v${name}`;
    const own = Object.keys(indexes).filter(path => path.startsWith(`${folder}/`));
    return {
      name,
      folder,
      ...(endOfLife === '' ? {} : { endOfLife }),
      architectures: [...new Set(own.flatMap(path => path.split('/').slice(-1)))],
      releases: name === 'edge' ? [] : [{ version: release, date, ...(notes === undefined ? {} : { notes }) }],
    };
  });
  branches.sort((a, b) => Number(b.name === 'edge') - Number(a.name === 'edge') || compareVersions(b.name, a.name));
  const latestStable = branches.find(({ name }) => name === builder) ?? branches[0];
  if (latestStable === undefined) throw internal('a lock without releases');
  return { branches, latestStable, passedOver: [] };
}
