/** The size of an image: the bytes of its disk by use, package, wish and folder. Never reads anything but the image. */
import { openImage } from '../containers/image-bytes.ts';
import { type OpenDisk, openDisk } from '../diff/open-disk.ts';
import { Scratch } from '../packed/scratch.ts';
import { DamagedImage } from '../reading/random-access.ts';
import { type DiskUse, diskUse, type PartitionUse } from './disk-use.ts';
import type { PackageDatabase } from './package-database.ts';
import { type PlacedFile, placedFiles } from './placed-files.ts';
import { type WishSizes, wishSizes } from './wish-sizes.ts';

interface Sizes {
  /** Bytes of blocks on the disk. */
  readonly onDisk: number;
  /** Bytes of content, by the sizes of the files. */
  readonly apparent: number;
}

export interface PathSize extends Sizes {
  /** With the partition's name before it, unless it is in the root filesystem: `efi:/EFI`. */
  readonly path: string;
}

export interface PackageSize extends Sizes {
  readonly name: string;
  readonly version: string;
  readonly files: number;
}

interface UseSize {
  /** `root, ext4` */
  readonly place: string;
  readonly use: string;
  readonly bytes: number;
}

export interface ImageSize {
  /** Bytes of the disk. */
  readonly size: number;
  /** Bytes that are not free space. */
  readonly inUse: number;
  /** Ordered by offset; they add up to the size of the disk. */
  readonly uses: readonly UseSize[];
  /** Set for an image with a package database. */
  readonly software?: Software;
  /** A folder includes everything below it. The largest first. */
  readonly folders: readonly PathSize[];
}

export interface Software extends WishSizes {
  /** The largest first. */
  readonly packages: readonly PackageSize[];
  /** Files that occupy space and belong to no package, because scripts or the boot loader wrote them. The largest first. */
  readonly others: readonly PathSize[];
}

interface SizeOptions {
  /** Depth of the deepest folders that are listed, below the root. */
  readonly depth: number;
  /** The place where a package is requested, by its name. */
  readonly placeOf?: (name: string) => string | undefined;
}

/** The size of an image file. */
export async function imageSize(path: string, options: SizeOptions): Promise<ImageSize> {
  const open: { readonly close: () => void }[] = [];
  try {
    const image = openImage(path);
    open.push(image);
    const disk = await openDisk(image, new Scratch());
    open.unshift(disk);
    return diskSize(disk, options);
  } catch (error) {
    if (error instanceof DamagedImage) error.path = path;
    throw error;
  } finally {
    for (const { close } of open) close();
  }
}

export function diskSize(disk: OpenDisk, { depth, placeOf = () => undefined }: SizeOptions): ImageSize {
  const use = diskUse(disk);
  const { files, root } = placedFiles(use.partitions);
  const uses = usesOf(use, files, root?.partition);
  return {
    size: disk.image.size,
    inUse: sum(uses, each => (each.use === FREE ? 0 : each.bytes)),
    uses,
    ...(root === undefined ? {} : { software: softwareOf(root.database, files, placeOf) }),
    folders: folderSizes(files, depth),
  };
}

const FREE = 'free space';

function usesOf(
  { partitions, tables, free }: DiskUse,
  files: readonly PlacedFile[],
  root: PartitionUse | undefined,
): readonly UseSize[] {
  return [
    ...partitions.flatMap(partition => {
      // By its role: without names, the numbers of partitions depend on the firmware.
      const place = `${partition === root ? 'root' : partition.name}, ${partition.kind}`;
      return bytesIn(partition, files).map(([use, bytes]) => ({ place, use, bytes }));
    }),
    { place: OUTSIDE, use: 'partition tables and boot loader', bytes: tables },
    { place: OUTSIDE, use: FREE, bytes: free },
  ].filter(({ bytes }) => bytes > 0);
}

const OUTSIDE = 'outside of partitions';

function bytesIn(partition: PartitionUse, files: readonly PlacedFile[]): readonly (readonly [string, number])[] {
  if (partition.read === undefined) return [['content', partition.size]];
  const { journal, metadata, free } = partition.read.use;
  const own = files.filter(file => file.partition === partition);
  const packaged = own.filter(({ owner }) => owner !== undefined);
  const all = sum(own, ({ onDisk }) => onDisk);
  const ofPackages = sum(packaged, ({ onDisk }) => onDisk);
  return [
    ['packages', ofPackages],
    [packaged.length === 0 ? 'files' : 'other files', all - ofPackages],
    ['journal', journal],
    ['metadata', metadata],
    [FREE, free],
  ];
}

function softwareOf(
  { packages, world }: PackageDatabase,
  files: readonly PlacedFile[],
  placeOf: (name: string) => string | undefined,
): Software {
  const own = new Map(packages.map(({ name }) => [name, [] as PlacedFile[]]));
  for (const file of files) own.get(file.owner ?? '')?.push(file);
  const sizes = packages.map(({ name, version }) => {
    const those = own.get(name) ?? [];
    return { name, version, files: those.filter(({ isFolder }) => !isFolder).length, ...sizesOf(those) };
  });
  const bytes = new Map(sizes.map(({ name, onDisk }) => [name, onDisk]));
  return {
    packages: largestFirst(sizes),
    ...wishSizes(packages, world, { bytes, placeOf }),
    others: largestFirst(
      files
        .filter(({ owner, isFolder, onDisk, apparent }) => owner === undefined && !isFolder && onDisk + apparent > 0)
        .map(({ prefix, names: [name], onDisk, apparent }) => ({ path: prefix + name, onDisk, apparent })),
    ),
  };
}

function folderSizes(files: readonly PlacedFile[], depth: number): readonly PathSize[] {
  const below = new Map<string, PlacedFile[]>();
  for (const file of files)
    for (const folder of foldersOf(file, depth)) {
      const known = below.get(file.prefix + folder);
      if (known === undefined) below.set(file.prefix + folder, [file]);
      else known.push(file);
    }
  return largestFirst([...below].map(([path, those]) => ({ path, ...sizesOf(those) })));
}

/** The folders that contain it, from the root down; a folder contains itself. */
function foldersOf({ names: [name], isFolder }: PlacedFile, depth: number): readonly string[] {
  const words = name.split('/').slice(1);
  const folders = isFolder && name !== '/' ? words : words.slice(0, -1);
  return ['/', ...folders.slice(0, depth).map((_, index) => `/${folders.slice(0, index + 1).join('/')}`)];
}

function sizesOf(files: readonly Sizes[]): Sizes {
  return { onDisk: sum(files, ({ onDisk }) => onDisk), apparent: sum(files, ({ apparent }) => apparent) };
}

function largestFirst<T extends Sizes>(list: readonly T[]): readonly T[] {
  return list.toSorted((a, b) => b.onDisk - a.onDisk || b.apparent - a.apparent);
}

function sum<T>(list: readonly T[], bytes: (each: T) => number): number {
  return list.reduce((total, each) => total + bytes(each), 0);
}
