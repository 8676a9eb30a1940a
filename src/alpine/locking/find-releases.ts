/**
 * Where the list of releases comes from. Alpine keeps it on its web site and nowhere else, so a mirror of packages has none. Says which was
 * taken, and never goes on to the next place when the user named one.
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
  /** What was locked so far. */
  readonly known: Lock | undefined;
  /** Those that the configuration speaks of: what is odd about others is passed over. */
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
    // Of several, one that is down says nothing of the others.
    const isDown = own.error.code === 'AIB_MIRROR_UNREACHABLE' && mirror.places.length > 1;
    if (!isElsewhere(own.error) && !isDown) return own;
    missed.push(own.error);
  }
  if (site !== undefined) {
    const alpines = await fetched(site, RELEASES_PATH, request);
    if (alpines.ok) {
      if (missed.length > 0) onNotice(`the list of releases comes from ${alpines.value.where}: the mirror has none`);
      return alpines;
    }
    if (alpines.error.code === 'AIB_CANCELLED') return alpines;
    missed.push(alpines.error);
  }
  if (known !== undefined && Object.keys(known.releases).length > 0) {
    const [why] = missed.slice(-1);
    onNotice(
      `no list of releases (${why?.where}: ${why?.got ?? why?.what}): going by those that the lock knows, of ${known.updated}; new releases are not seen`,
    );
    return ok({ releases: releasesOf(known), where: `the lock of ${known.updated}` });
  }
  return fail({
    code: 'AIB_NO_RELEASE_LIST',
    what: "Alpine's list of releases could not be had",
    where: mirror.spec,
    output: missed.map(({ where = '', what, got }) => `${where}: ${got ?? what}`),
    hint: `Fetch https://alpinelinux.org/${RELEASES_PATH} where there is a network, and name the file: aib update --releases FILE`,
  });
}

/** A mirror that has no such file, or one for people, says nothing of itself; one that cannot be read does. */
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

/** Alpine's has some 60 KB. */
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
      hint: `Name a releases.json; its folder is ${dirname(where)}`,
    });
  }
}

/** Of each locked version its one release; the architectures are those that have an index. */
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
