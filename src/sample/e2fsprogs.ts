/** The packages of e2fsprogs, from the Debian release of each branch: the old branch has a version that aib must not use. */
import type { PackageSpec } from './apk.ts';
import { type DebianTree, link } from './debian-tree.ts';
import { glibc, type StandInContext } from './stand-in.ts';

export function e2fsprogs(context: StandInContext, debian: DebianTree): readonly PackageSpec[] {
  const { time } = context;
  const version = debian.version('e2fsprogs');
  return [
    glibc(context, 'e2fsprogs-libs', version, "Debian's libraries of e2fsprogs", {
      files: debian.libraries(['libcom_err.so.2', 'libe2p.so.2', 'libext2fs.so.2', 'libss.so.2']),
    }),
    glibc(context, 'e2fsprogs', version, "Debian's mke2fs and e2fsck", {
      depends: [`e2fsprogs-libs=${version}`, 'debian-libblkid'],
      files: [
        ...debian.programs('sbin', { mke2fs: 'usr/sbin/mke2fs', e2fsck: 'usr/sbin/e2fsck' }),
        ...['ext2', 'ext3', 'ext4'].flatMap(type => [
          link(`sbin/mkfs.${type}`, 'mke2fs', time),
          link(`sbin/fsck.${type}`, 'e2fsck', time),
        ]),
        debian.file('etc/mke2fs.conf', 'etc/mke2fs.conf'),
      ],
    }),
    glibc(context, 'e2fsprogs-extra', version, "Debian's tune2fs, resize2fs, debugfs and dumpe2fs", {
      depends: [`e2fsprogs-libs=${version}`, 'debian-libblkid'],
      files: debian.programs('usr/sbin', {
        tune2fs: 'usr/sbin/tune2fs',
        resize2fs: 'usr/sbin/resize2fs',
        debugfs: 'usr/sbin/debugfs',
        dumpe2fs: 'usr/sbin/dumpe2fs',
      }),
    }),
  ];
}
