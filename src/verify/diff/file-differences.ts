/**
 * Which files of two volumes are different, in what, and what that looks like; of archives and packed files also what is different in them. Never lets
 * one that is damaged, or too large, end the comparison of the others.
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
  /** Undefined where there is none. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** What it looks like: a guess. */
  readonly cause: Cause;
}

export interface FileDifference {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly facts: readonly FactChange[];
  /** Of what is in both, and holds something else. */
  readonly content?: ContentDifference;
}

export interface ContentDifference {
  readonly sizes: readonly [before: number, after: number];
  /** What it looks like: a guess. Of an archive, what all that is in it looks like. */
  readonly causes: readonly Cause[];
  /** Lines, of short texts. */
  readonly text?: readonly string[];
  /** Of apk's database of what is installed. */
  readonly packages?: readonly PackageChange[];
  readonly inside?: InsideDifference;
}

/** Of two archives, packed files or programs. */
export interface InsideDifference {
  /** What it is, or that of both sides. */
  readonly kind: string;
  /** Both could be opened: if nothing follows, the same is only packed in another way. */
  readonly isRead: boolean;
  readonly facts: readonly FactChange[];
  readonly files: readonly FileDifference[];
}

/** Archives in archives that are looked into. */
const DEEPEST = 4;

/** In order of path. */
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

/** Of what two volumes say of themselves, and of the order of what they have in common. */
export function volumeChanges(before: Volume, after: Volume): readonly FactChange[] {
  // What another form says of itself is not to be compared.
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

/** A list of packages that are others, and lines of what is said of those that are not. */
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

/** Undefined where one of them cannot be opened: it is compared as it is. */
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

/** A copy, since content comes from its start on, and archives are read at any place. */
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
