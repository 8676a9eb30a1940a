/** What uses the space of an image, as tables for users. Must not print a file name of the image that could move the cursor. */
import { formatBytes } from '../../util/bytes.ts';
import type { ImageSize, PathSize, Software } from '../../verify/size/image-size.ts';
import type { PackageGroup, WishSize } from '../../verify/size/wish-sizes.ts';
import { columns } from '../text/columns.ts';
import { count } from '../text/count.ts';
import { oneLine } from '../text/fit.ts';
import { firstRows } from './size-rows.ts';

export function sizeLines({ size, inUse, uses, software, folders }: ImageSize): readonly string[] {
  return [
    `${formatBytes(size)}, ${formatBytes(inUse)} in use`,
    '',
    ...columns(
      [['where', 'what', 'bytes'], ...uses.map(({ place, use, bytes }) => [oneLine(place), use, formatBytes(bytes)])],
      {
        right: [2],
      },
    ),
    '',
    ...(software === undefined ? [NO_DATABASE, ''] : softwareLines(software)),
    ...pathLines('folder', folders),
  ];
}

export const NO_DATABASE = 'no package database (/lib/apk/db/installed): only folders are listed';

function softwareLines({ wishes, shared, unasked, packages, others }: Software): readonly string[] {
  return [
    ...columns([['requested', 'itself', 'would free', 'packages', 'where'], ...wishes.map(wishRow)], {
      right: [1, 2, 3],
    }),
    ...groupLine('required by several', shared),
    ...groupLine('not requested', unasked),
    '',
    ...columns(
      [
        ['package', 'version', 'on disk', 'apparent', 'files'],
        ...packages.map(each => [each.name, each.version, ...sizeCells(each), String(each.files)]),
      ],
      { right: [2, 3, 4] },
    ),
    '',
    ...pathLines('file without a package', others),
    '',
  ];
}

function wishRow({ wish, itself, own, place = '' }: WishSize): readonly string[] {
  return [oneLine(wish), formatBytes(itself), formatBytes(own.bytes), String(own.packages.length), place];
}

function groupLine(what: string, { bytes, packages }: PackageGroup): readonly string[] {
  return packages.length === 0 ? [] : [`${what}: ${count(packages.length, 'package')}, ${formatBytes(bytes)}`];
}

function pathLines(head: string, paths: readonly PathSize[]): readonly string[] {
  return firstRows(
    [head, 'on disk', 'apparent'],
    paths.map(each => [oneLine(each.path), ...sizeCells(each)]),
  );
}

function sizeCells({ onDisk, apparent }: Pick<PathSize, 'onDisk' | 'apparent'>): readonly string[] {
  return [formatBytes(onDisk), formatBytes(apparent)];
}
