/**
 * Alpine's releases.json: the branches, their end of life and their releases. Never reads the clock: the caller decides what an end of life
 * means.
 *
 *     { latest_stable: "v3.22", architectures: […], release_branches: [
 *       { rel_branch: "v3.20" | "edge", branch_date?, eol_date?, arches: […], repos: [{ name, eol_date? }],
 *         keys: { x86_64: [{ url, deprecated_since? }] }, releases?: [{ version, date, notes? }] } ] }
 */

import { JsonMismatch, JsonReader } from '../../util/json-reader.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { compareVersions, isPreRelease } from '../package/version.ts';

export interface Releases {
  /** Newest first, edge before all others. */
  readonly branches: readonly Branch[];
  /** The newest branch with a stable release, according to the file. */
  readonly latestStable: Branch;
  /** A line for each invalid branch that was not requested. */
  readonly passedOver: readonly string[];
}

export interface Branch {
  /** '3.20' or 'edge'. */
  readonly name: string;
  /** The branch's folder on a mirror: 'v3.20' or 'edge'. */
  readonly folder: string;
  /** YYYY-MM-DD, like all dates here. Undefined for edge. */
  readonly endOfLife?: string;
  readonly architectures: readonly string[];
  /** Newest first, including pre-releases. */
  readonly releases: readonly Release[];
}

export interface Release {
  /** '3.20.3', '3.21.0_rc1' */
  readonly version: string;
  readonly date: string;
  /** The page that announces it. */
  readonly notes?: string;
}

/**
 * `where` is the URL or path of the text. With `versions`, faults of other branches are ignored: the file goes back ten years and is edited
 * by hand.
 */
export function parseReleases(text: string, where = 'releases.json', versions?: readonly string[]): Result<Releases> {
  try {
    return ok(readReleases(new JsonReader(JSON.parse(text)), versions));
  } catch (error) {
    if (error instanceof JsonMismatch) return bad(where, error.message, error.got);
    if (error instanceof SyntaxError) return bad(where, 'it is not JSON', error.message);
    throw error;
  }
}

/** The newest release that is not a pre-release. */
export function latestRelease(branch: Branch): Release | undefined {
  return branch.releases.find(release => !isPreRelease(release.version));
}

const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

function readReleases(document: JsonReader, versions: readonly string[] | undefined): Releases {
  // A branch without a list of architectures has those of the document.
  const everywhere = optional(document.at('architectures'), readNames) ?? [];
  const branches: Branch[] = [];
  const passedOver: string[] = [];
  for (const branch of document.at('release_branches').items()) {
    try {
      branches.push(readBranch(branch, everywhere));
    } catch (error) {
      if (!(error instanceof JsonMismatch) || isWanted(branch, versions)) throw error;
      passedOver.push(`${error.message}, but is ${error.got}`);
    }
  }
  branches.sort((a, b) => Number(b.name === 'edge') - Number(a.name === 'edge') || compareVersions(b.name, a.name));
  return { branches, latestStable: readLatest(document.at('latest_stable'), branches, versions), passedOver };
}

/** A branch without a valid name is wanted only if all branches are. */
function isWanted(branch: JsonReader, versions: readonly string[] | undefined): boolean {
  if (versions === undefined) return true;
  try {
    return versions.includes(readFolder(branch).replace(/^v/, ''));
  } catch {
    return false;
  }
}

/** The branch that the file names; otherwise the newest branch with a release. */
function readLatest(named: JsonReader, branches: readonly Branch[], versions: readonly string[] | undefined): Branch {
  const stable = branches.filter(branch => branch.name !== 'edge' && latestRelease(branch) !== undefined);
  const own = named.present ? stable.find(branch => branch.folder === named.value) : stable[0];
  const found = own ?? (versions === undefined ? undefined : stable[0]);
  if (found === undefined) throw new JsonMismatch(named, 'a branch with a stable release');
  return found;
}

function readFolder(branch: JsonReader): string {
  return branch.at('rel_branch').text(/^(v\d+\.\d+|edge)$/, 'v and a version such as v3.20, or edge');
}

/** Reads only what aib uses, so that faults in other fields do not matter. */
function readBranch(branch: JsonReader, everywhere: readonly string[]): Branch {
  const folder = readFolder(branch);
  const releases = optional(branch.at('releases'), reader => reader.items().map(readRelease)) ?? [];
  return {
    name: folder.replace(/^v/, ''),
    folder,
    ...optionalDate('endOfLife', branch.at('eol_date')),
    architectures: optional(branch.at('arches'), readNames) ?? everywhere,
    releases: releases.toSorted((a, b) => compareVersions(b.version, a.version)),
  };
}

function readNames(list: JsonReader): readonly string[] {
  return list.items().map(arch => arch.text(PLAIN, 'the name of an architecture'));
}

/** The file has the path of a page's source in the repository of the web site: 'posts/Alpine-3.20.1-released.md'. */
const SITE = 'https://alpinelinux.org/';

function readRelease(release: JsonReader): Release {
  const { value: notes } = release.at('notes');
  // Only a line in the metadata of an image, so an invalid one is left out.
  const hasNotes = typeof notes === 'string' && /^[\w./-]+$/.test(notes);
  return {
    ...(hasNotes ? { notes: `${SITE}${notes.replace(/\.md$/, '.html')}` } : {}),
    version: release.at('version').text(/^\d+(\.\d+)+(_[a-z]+\d*)?$/, 'a version such as 3.20.3 or 3.21.0_rc1'),
    date: readDate(release.at('date')),
  };
}

function optional<T>(reader: JsonReader, read: (reader: JsonReader) => T): T | undefined {
  return reader.present ? read(reader) : undefined;
}

function optionalDate<K extends string>(key: K, reader: JsonReader): { readonly [P in K]?: string } {
  return (reader.present ? { [key]: readDate(reader) } : {}) as { readonly [P in K]?: string };
}

function readDate(reader: JsonReader): string {
  return reader.text(DATE, 'a date such as 2024-05-22');
}

function bad(where: string, problem: string, got: string): Result<never> {
  return fail({
    code: 'AIB_BAD_RELEASES',
    what: `Alpine's list of releases is invalid: ${problem}`,
    where,
    got,
    hint: 'fetch it again; if the error persists, pass a valid file with aib update --releases FILE',
  });
}
