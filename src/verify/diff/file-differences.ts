/**
 * The different files of two volumes, with the differences and a guess of their cause; for archives and packed files, also the differences
 * inside. A damaged or too large file never ends the comparison of the others.
 */
import { textChange } from '../../query/why/text-change.ts';
import type { PackageChange } from '../../rules/package-changes.ts';
import type { Scratch } from '../packed/scratch.ts';
import { DamagedImage, type OpenBytes } from '../reading/random-access.ts';
import type { Volume, VolumeFile } from '../reading/volume.ts';
import { type Cause, causeOfBytes, causeOfFact, causeOfOrder, causesOfTexts, inOneOrder } from './causes.ts';
import { sameContent, startOf, textOf } from './file-content.ts';
import { installedChanges, isPackageDatabase, LONGEST_DATABASE, ofSamePackages } from './installed-packages.ts';
import { mayOpen, openInside, START } from './open-volume.ts';
import { LONGEST_TEXT } from './text-difference.ts';

export interface FactChange {
  readonly name: string;
  /** Undefined if it does not exist. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** A guess. */
  readonly cause: Cause;
}

export interface FileDifference {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly facts: readonly FactChange[];
  /** Set if both sides have the file, with different content. */
  readonly content?: ContentDifference;
}

export interface ContentDifference {
  readonly sizes: readonly [before: number, after: number];
  /** A guess. For an archive, the causes of all differences inside. */
  readonly causes: readonly Cause[];
  /** The different lines, for short texts. */
  readonly text?: readonly string[];
  /** For apk's database of installed packages. */
  readonly packages?: readonly PackageChange[];
  readonly inside?: InsideDifference;
}

/** The differences inside two archives, packed files or programs. */
export interface InsideDifference {
  /** The kind; if it differs, that of both sides. */
  readonly kind: string;
  /** Both could be opened: if there are no differences inside, the same content is only packed differently. */
  readonly isRead: boolean;
  readonly facts: readonly FactChange[];
  readonly files: readonly FileDifference[];
}

/** Maximum nesting of archives that are opened. */
const DEEPEST = 4;

/** The differences, ordered by path. */
export async function fileDifferences(
  before: Volume,
  after: Volume,
  scratch: Scratch,
  depth = 0,
): Promise<readonly FileDifference[]> {
  const paths = [...new Set([...before.files.keys(), ...after.files.keys()])].sort();
  const differences: FileDifference[] = [];
  for (const path of paths) {
    const [was, is] = [before.files.get(path), after.files.get(path)];
    if (was === undefined || is === undefined) {
      differences.push({ path, change: was === undefined ? 'added' : 'removed', facts: [] });
      continue;
    }
    const facts = factChanges(was.facts, is.facts);
    const content = sameContent(was, is) ? undefined : await contentChange(was, is, scratch, depth);
    if (facts.length > 0 || content !== undefined)
      differences.push({ path, change: 'changed', facts, ...(content === undefined ? {} : { content }) });
  }
  return differences;
}

/** The differences in the fields of two volumes, and in the order of their common entries. */
export function volumeChanges(before: Volume, after: Volume): readonly FactChange[] {
  // The fields of different formats cannot be compared.
  if (before.kind !== after.kind) return [];
  const common = [before, after].map(({ files }) =>
    [...files.keys()].filter(path => before.files.has(path) && after.files.has(path)),
  );
  const [was = [], is = []] = common;
  const first = was.findIndex((path, index) => path !== is[index]);
  const order: readonly FactChange[] =
    first === -1
      ? []
      : [{ name: 'order of entries', before: was[first], after: is[first], cause: causeOfOrder(was, is) }];
  return [...factChanges(before.fields, after.fields), ...order];
}

export function factChanges(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly FactChange[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap(name => {
    const [was, is] = [before.get(name), after.get(name)];
    return was === is ? [] : [{ name, before: was, after: is, cause: causeOfFact(name, was, is) }];
  });
}

async function contentChange(
  before: VolumeFile,
  after: VolumeFile,
  scratch: Scratch,
  depth: number,
): Promise<ContentDifference> {
  const sizes = [before.size, after.size] as const;
  const inside = depth === DEEPEST ? undefined : await insideChange(before, after, scratch, depth + 1);
  if (inside !== undefined) return { sizes, causes: causesInside(inside), inside };
  const { path } = before;
  const longest = isPackageDatabase(path) ? LONGEST_DATABASE : LONGEST_TEXT;
  const [was, is] = [textOf(before, longest), textOf(after, longest)];
  if (was === undefined || is === undefined)
    return { sizes, causes: [causeOfBytes(path, startOf(before, START), startOf(after, START))] };
  if (isPackageDatabase(path)) return { sizes, ...(await databaseChange(was, is)) };
  return { sizes, causes: causesOfTexts(path, was, is), text: (await textChange(was, is)).diff };
}

/** The packages that differ, and the different lines of those that do not. */
async function databaseChange(before: string, after: string): Promise<Omit<ContentDifference, 'sizes'>> {
  const packages = installedChanges(before, after);
  if (packages.length === 0)
    return { causes: causesOfTexts('', before, after), text: (await textChange(before, after)).diff };
  const [was, is] = ofSamePackages(before, after);
  return { causes: ['content'], packages, ...(was === is ? {} : { text: (await textChange(was, is)).diff }) };
}

function causesInside({ facts, files }: InsideDifference): readonly Cause[] {
  const causes = [
    ...facts.map(({ cause }) => cause),
    ...files.flatMap(file => [...file.facts.map(({ cause }) => cause), ...(file.content?.causes ?? [])]),
    ...files.flatMap(({ change }) => (change === 'changed' ? [] : (['content'] as const))),
  ];
  return causes.length === 0 ? ['content'] : inOneOrder(causes);
}

/** Undefined if one of them cannot be opened: then the files are compared as they are. */
async function insideChange(
  before: VolumeFile,
  after: VolumeFile,
  scratch: Scratch,
  depth: number,
): Promise<InsideDifference | undefined> {
  if (![before, after].every(file => mayOpen(startOf(file, START)))) return undefined;
  const opened: Opened[] = [];
  try {
    for (const file of [before, after]) opened.push(await open(file, scratch));
    const [was, is] = opened as [Opened, Opened];
    const kind = [...new Set([was.kind, is.kind])].join(' → ');
    const both = was.volume !== undefined && is.volume !== undefined;
    const isRead = both && was.volume.files.size + is.volume.files.size > 0;
    const facts = both ? volumeChanges(was.volume, is.volume) : [];
    const files = both ? await fileDifferences(was.volume, is.volume, scratch, depth) : [];
    return { kind, isRead, facts, files };
  } finally {
    for (const { close } of opened) close();
  }
}

interface Opened {
  readonly kind: string;
  readonly volume?: Volume;
  readonly close: () => void;
}

/** Opens a copy, because the content is a stream, and archives are read at any place. */
async function open(file: VolumeFile, scratch: Scratch): Promise<Opened> {
  let copy: OpenBytes | undefined;
  try {
    copy = await scratch.keep(file.content?.() ?? [], file.size);
    const volume = await openInside(copy, scratch);
    const close = (): void => {
      volume?.close?.();
      copy?.close();
    };
    return volume === undefined ? { kind: 'unknown content', close } : { kind: volume.kind, volume, close };
  } catch (error) {
    copy?.close();
    if (error instanceof DamagedImage) return { kind: `damaged (${error.message})`, close: () => undefined };
    throw error;
  }
}
