/**
 * Alpine's releases.json: which branches exist, until when, and what they released; never asks what day it is, so who reads it decides what
 * an end of life means.
 *
 *     { latest_stable: "v3.22", architectures: […], release_branches: [
 *       { rel_branch: "v3.20" | "edge", branch_date?, eol_date?, arches: […], repos: [{ name, eol_date? }],
 *         keys: { x86_64: [{ url, deprecated_since? }] }, releases?: [{ version, date, notes? }] } ] }
 */
import { fail, ok, type Result } from '../../util/result.ts';
import { compareVersions, isPreRelease } from '../package/version.ts';
import { JsonMismatch, JsonReader } from './json-reader.ts';

export interface Releases {
  /** Newest first, edge before all. */
  readonly branches: readonly Branch[];
  /** The newest branch with a stable release, as the file itself says. */
  readonly latestStable: Branch;
}

export interface Branch {
  /** '3.20' or 'edge'. */
  readonly name: string;
  /** The branch's folder on a mirror: 'v3.20' or 'edge'. */
  readonly folder: string;
  /** YYYY-MM-DD, like all dates here. */
  readonly date?: string;
  /** Undefined where none is set: edge. */
  readonly endOfLife?: string;
  readonly architectures: readonly string[];
  readonly repositories: readonly BranchRepository[];
  /** By architecture. */
  readonly keys: ReadonlyMap<string, readonly BranchKey[]>;
  /** Newest first, pre-releases among them. */
  readonly releases: readonly Release[];
}

export interface Release {
  /** '3.20.3', '3.21.0_rc1' */
  readonly version: string;
  readonly date: string;
  /** The page that announces it. */
  readonly notes?: string;
}

interface BranchRepository {
  /** main, community, testing */
  readonly name: string;
  readonly endOfLife?: string;
}

interface BranchKey {
  /** The key's file name, as signatures give it. */
  readonly name: string;
  readonly url: string;
  readonly deprecatedSince?: string;
}

/** `where` is the URL or path that the text came from. */
export function parseReleases(text: string, where = 'releases.json'): Result<Releases> {
  try {
    return ok(readReleases(new JsonReader(JSON.parse(text), '')));
  } catch (error) {
    if (error instanceof JsonMismatch) return bad(where, error.message, error.got);
    if (error instanceof SyntaxError) return bad(where, 'it is not JSON', error.message);
    throw error;
  }
}

/** The newest release that is no pre-release. */
export function latestRelease(branch: Branch): Release | undefined {
  return branch.releases.find(release => !isPreRelease(release.version));
}

const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

function readReleases(document: JsonReader): Releases {
  // A branch that lists no architectures has those of the document.
  const everywhere = optional(document.at('architectures'), readNames) ?? [];
  const branches = document
    .at('release_branches')
    .items()
    .map(branch => readBranch(branch, everywhere));
  branches.sort((a, b) => Number(b.name === 'edge') - Number(a.name === 'edge') || compareVersions(b.name, a.name));
  return { branches, latestStable: readLatest(document.at('latest_stable'), branches) };
}

/** The file's own word; else the newest branch that has released something. */
function readLatest(named: JsonReader, branches: readonly Branch[]): Branch {
  const stable = branches.filter(branch => branch.name !== 'edge' && latestRelease(branch) !== undefined);
  const found = named.present ? stable.find(branch => branch.folder === named.value) : stable[0];
  if (found === undefined) throw new JsonMismatch(named.path, 'a branch with a stable release', named.value);
  return found;
}

function readBranch(branch: JsonReader, everywhere: readonly string[]): Branch {
  const folder = branch.at('rel_branch').text(/^(v\d+\.\d+|edge)$/, 'v and a version such as v3.20, or edge');
  const repositories = optional(branch.at('repos'), reader => reader.items().map(readRepository)) ?? [];
  const releases = optional(branch.at('releases'), reader => reader.items().map(readRelease)) ?? [];
  const keys = optional(branch.at('keys'), reader =>
    reader.entries().map(([arch, list]) => [arch, list.items().map(readKey)] as const),
  );
  return {
    name: folder.replace(/^v/, ''),
    folder,
    ...optionalDate('date', branch.at('branch_date')),
    ...optionalDate('endOfLife', branch.at('eol_date')),
    architectures: optional(branch.at('arches'), readNames) ?? everywhere,
    repositories,
    keys: new Map(keys),
    releases: releases.toSorted((a, b) => compareVersions(b.version, a.version)),
  };
}

function readNames(list: JsonReader): readonly string[] {
  return list.items().map(arch => arch.text(PLAIN, 'the name of an architecture'));
}

/** The file names a page's source in the web site's repository: 'posts/Alpine-3.20.1-released.md'. */
const SITE = 'https://alpinelinux.org/';

function readRelease(release: JsonReader): Release {
  const notes = optional(release.at('notes'), reader => reader.text(/^[\w./-]*$/, 'a path such as posts/x.md')) ?? '';
  return {
    ...(notes === '' ? {} : { notes: `${SITE}${notes.replace(/\.md$/, '.html')}` }),
    version: release.at('version').text(/^\d+(\.\d+)+(_[a-z]+\d*)?$/, 'a version such as 3.20.3 or 3.21.0_rc1'),
    date: readDate(release.at('date')),
  };
}

function readRepository(repository: JsonReader): BranchRepository {
  return {
    name: repository.at('name').text(PLAIN, 'the name of a repository'),
    ...optionalDate('endOfLife', repository.at('eol_date')),
  };
}

function readKey(key: JsonReader): BranchKey {
  // The file has been seen with %20 in place of the @ of the key's name.
  const url = key
    .at('url')
    .text(/^https?:\/\/\S+$/, 'a URL')
    .replace('%20', '@');
  return {
    name: url.slice(url.lastIndexOf('/') + 1),
    url,
    ...optionalDate('deprecatedSince', key.at('deprecated_since')),
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
    what: `Alpine's list of releases cannot be used: ${problem}`,
    where,
    got,
    hint: 'Fetch it again; if it stays so, use another mirror with --mirror',
  });
}
