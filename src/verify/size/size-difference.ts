/** What is larger or smaller in the second of two images. Never lists an item with the same size and version. */
import { compareUtf8 } from '../../util/bytes.ts';
import type { ImageSize, PackageSize } from './image-size.ts';

export interface SizeChange {
  readonly name: string;
  /** Bytes on disk; 0 if it does not exist. */
  readonly before: number;
  readonly after: number;
}

export interface PackageSizeChange extends SizeChange {
  /** Undefined if it does not exist. */
  readonly oldVersion: string | undefined;
  readonly newVersion: string | undefined;
}

export interface SizeDifference {
  readonly size: SizeChange;
  readonly inUse: SizeChange;
  /** The largest change first, as in all lists here. */
  readonly uses: readonly SizeChange[];
  /** If both images have a database of packages. */
  readonly software?: {
    readonly packages: readonly PackageSizeChange[];
    readonly others: readonly SizeChange[];
  };
  readonly folders: readonly SizeChange[];
}

export function sizeDifference(before: ImageSize, after: ImageSize): SizeDifference {
  const [was, is] = [before.software, after.software];
  return {
    size: { name: 'disk', before: before.size, after: after.size },
    inUse: { name: 'in use', before: before.inUse, after: after.inUse },
    uses: changes(usesByName(before), usesByName(after)),
    ...(was === undefined || is === undefined
      ? {}
      : {
          software: {
            packages: packageSizeChanges(was.packages, is.packages),
            others: changes(pathsByName(was.others), pathsByName(is.others)),
          },
        }),
    folders: changes(pathsByName(before.folders), pathsByName(after.folders)),
  };
}

type Bytes = ReadonlyMap<string, number>;

function usesByName({ uses }: ImageSize): Bytes {
  return new Map(uses.map(({ place, use, bytes }) => [`${place}: ${use}`, bytes]));
}

function pathsByName(paths: ImageSize['folders']): Bytes {
  return new Map(paths.map(({ path, onDisk }) => [path, onDisk]));
}

function changes(before: Bytes, after: Bytes): readonly SizeChange[] {
  return allChanges(before, after).filter(change => change.before !== change.after);
}

function packageSizeChanges(
  before: readonly PackageSize[],
  after: readonly PackageSize[],
): readonly PackageSizeChange[] {
  const [old, now] = [before, after].map(list => new Map(list.map(({ name, version }) => [name, version])));
  const [was, is] = [before, after].map(list => new Map(list.map(({ name, onDisk }) => [name, onDisk])));
  return allChanges(was ?? new Map(), is ?? new Map())
    .map(change => ({ ...change, oldVersion: old?.get(change.name), newVersion: now?.get(change.name) }))
    .filter(change => change.before !== change.after || change.oldVersion !== change.newVersion);
}

function allChanges(before: Bytes, after: Bytes): readonly SizeChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names
    .map(name => ({ name, before: before.get(name) ?? 0, after: after.get(name) ?? 0 }))
    .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before) || compareUtf8(a.name, b.name));
}
