/** The programs that make disks, as Debian builds them, with the libraries that they load and nothing else of their packages. */
import type { PackageSpec } from './apk.ts';
import { LIBRARY_FOLDER, link } from './debian-tree.ts';
import { grubModules } from './grub-modules.ts';
import { type Extra, type StandInContext, spec, text } from './stand-in.ts';

/** The gconv tables that mtools asks for: DOS code pages. */
const GCONV_FOLDER = `${LIBRARY_FOLDER}/gconv`;

export function debianTools(context: StandInContext): readonly PackageSpec[] {
  const { debian, time } = context;
  const e2fsprogs = debian.version('e2fsprogs');
  const grub = debian.version('grub-common');
  return [
    spec(
      context,
      'debian-libc',
      debian.version('libc6'),
      "Debian's C library, for the programs that come from Debian",
      {
        license: 'LGPL-2.1-or-later',
        files: [
          debian.file(`${LIBRARY_FOLDER}/ld-linux-x86-64.so.2`, 'lib64/ld-linux-x86-64.so.2', 0o755),
          ...debian.libraries(['libc.so.6']),
        ],
      },
    ),
    glibc(context, 'debian-libblkid', debian.version('libblkid1'), "Debian's libblkid and libuuid", {
      files: debian.libraries(['libblkid.so.1', 'libuuid.so.1']),
    }),
    glibc(context, 'e2fsprogs-libs', e2fsprogs, "Debian's libraries of e2fsprogs", {
      files: debian.libraries(['libcom_err.so.2', 'libe2p.so.2', 'libext2fs.so.2', 'libss.so.2']),
    }),
    glibc(context, 'e2fsprogs', e2fsprogs, "Debian's mke2fs and e2fsck", {
      depends: [`e2fsprogs-libs=${e2fsprogs}`, 'debian-libblkid'],
      files: [
        ...debian.programs('sbin', { mke2fs: 'usr/sbin/mke2fs', e2fsck: 'usr/sbin/e2fsck' }),
        ...['ext2', 'ext3', 'ext4'].flatMap(type => [
          link(`sbin/mkfs.${type}`, 'mke2fs', time),
          link(`sbin/fsck.${type}`, 'e2fsck', time),
        ]),
        debian.file('etc/mke2fs.conf', 'etc/mke2fs.conf'),
      ],
    }),
    glibc(context, 'e2fsprogs-extra', e2fsprogs, "Debian's tune2fs, resize2fs, debugfs and dumpe2fs", {
      depends: [`e2fsprogs-libs=${e2fsprogs}`, 'debian-libblkid'],
      files: debian.programs('usr/sbin', {
        tune2fs: 'usr/sbin/tune2fs',
        resize2fs: 'usr/sbin/resize2fs',
        debugfs: 'usr/sbin/debugfs',
        dumpe2fs: 'usr/sbin/dumpe2fs',
      }),
    }),
    glibc(context, 'dosfstools', debian.version('dosfstools'), "Debian's mkfs.fat and fsck.fat", {
      files: [
        ...debian.programs('sbin', { 'mkfs.fat': 'usr/sbin/mkfs.fat', 'fsck.fat': 'usr/sbin/fsck.fat' }),
        link('sbin/mkfs.vfat', 'mkfs.fat', time),
        link('sbin/fsck.vfat', 'fsck.fat', time),
      ],
    }),
    glibc(context, 'sfdisk', debian.version('fdisk'), "Debian's sfdisk", {
      depends: ['debian-libblkid'],
      files: [
        ...debian.programs('sbin', { sfdisk: 'usr/sbin/sfdisk' }),
        ...debian.libraries(['libfdisk.so.1', 'libsmartcols.so.1', 'libtinfo.so.6', 'libreadline.so.8']),
      ],
    }),
    glibc(context, 'mtools', debian.version('mtools'), "Debian's mtools, with the code pages 437 and 850", {
      files: [
        ...debian.programs('usr/bin', { mtools: 'usr/bin/mtools' }),
        ...[
          'mattrib',
          'mcopy',
          'mdel',
          'mdir',
          'mformat',
          'minfo',
          'mlabel',
          'mmd',
          'mmove',
          'mrd',
          'mren',
          'mtype',
        ].map(name => link(`usr/bin/${name}`, 'mtools', time)),
        text(`${GCONV_FOLDER}/gconv-modules`, gconvModules(['437', '850']), time),
        ...debian.folder(GCONV_FOLDER, GCONV_FOLDER, /^IBM(437|850)\.so$/),
      ],
    }),
    glibc(context, 'grub', grub, "Debian's grub-mkimage and grub-editenv, without grub-install and without a trigger", {
      files: [
        ...debian.programs('usr/bin', {
          'grub-mkimage': 'usr/bin/grub-mkimage',
          'grub-editenv': 'usr/bin/grub-editenv',
        }),
        ...debian.libraries([
          'libm.so.6',
          'liblzma.so.5',
          'libdevmapper.so.1.02.1',
          'libselinux.so.1',
          'libpcre2-8.so.0',
        ]),
        ...debian.libraries(['libudev.so.1', 'libcap.so.2']),
      ],
    }),
    spec(context, 'grub-efi', grub, "the more common of Debian's GRUB modules for x86_64-efi", {
      depends: [`grub=${grub}`],
      files: grubModules(debian, 'x86_64-efi'),
    }),
    spec(context, 'grub-bios', grub, "the more common of Debian's GRUB modules for i386-pc, and boot code", {
      depends: [`grub=${grub}`],
      files: grubModules(debian, 'i386-pc'),
    }),
  ];
}

function glibc(context: StandInContext, name: string, version: string, holds: string, extra: Extra): PackageSpec {
  const depends = ['debian-libc', ...(extra.depends ?? [])];
  return spec(context, name, version, holds, { license: 'GPL-2.0-or-later', ...extra, depends });
}

function gconvModules(pages: readonly string[]): string {
  return pages
    .map(
      page =>
        `alias CP${page}// IBM${page}//\nmodule IBM${page}// INTERNAL IBM${page} 1\nmodule INTERNAL IBM${page}// IBM${page} 1\n`,
    )
    .join('');
}
