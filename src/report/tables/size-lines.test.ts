import { expect, it } from 'vitest';
import type { ImageSize } from '../../verify/size/image-size.ts';
import { sizeLines } from './size-lines.ts';

const SIZE: ImageSize = {
  size: 4_096,
  inUse: 3_072,
  uses: [
    { place: 'root, ext4', use: 'packages', bytes: 3_072 },
    { place: 'root, ext4', use: 'free space', bytes: 1_024 },
  ],
  folders: Array.from({ length: 22 }, (_, index) => ({ path: `/${index}\u001b[2J`, onDisk: 1_024, apparent: 1_000 })),
};

it('tells of the first folders alone, and prints no name that could move the cursor', () => {
  const lines = sizeLines(SIZE);
  expect(lines.slice(0, 6)).toEqual([
    '4.0 KiB, 3.0 KiB in use',
    '',
    'where       what          bytes',
    'root, ext4  packages    3.0 KiB',
    'root, ext4  free space  1.0 KiB',
    '',
  ]);
  expect(lines[6]).toMatch(/^no package database/);
  expect(lines.slice(-2)).toEqual(['/19     1.0 KiB    1000 B', 'and 2 more']);
  expect(lines.join('')).not.toContain('\u001b');
});

it('tells what a wish would free, where it stands, and what no single wish would free', () => {
  const own = { bytes: 2_048, packages: ['openssh', 'openssh-keygen'] };
  const lines = sizeLines({
    ...SIZE,
    software: {
      packages: [{ name: 'openssh', version: '9.7_p1-r4', onDisk: 1_024, apparent: 900, files: 3 }],
      wishes: [{ wish: 'openssh', place: 'configs/images.conf:36:15', itself: 1_024, own }],
      shared: { bytes: 1_024, packages: ['musl'] },
      unasked: { bytes: 0, packages: [] },
      others: [{ path: '/boot/initramfs-virt', onDisk: 1_024, apparent: 1_024 }],
    },
  });
  expect(lines.slice(6, 16)).toEqual([
    'requested   itself  would free  packages  where',
    'openssh    1.0 KiB     2.0 KiB         2  configs/images.conf:36:15',
    'required by several: 1 package, 1.0 KiB',
    '',
    'package  version    on disk  apparent  files',
    'openssh  9.7_p1-r4  1.0 KiB     900 B      3',
    '',
    'file without a package  on disk  apparent',
    '/boot/initramfs-virt    1.0 KiB   1.0 KiB',
    '',
  ]);
});
