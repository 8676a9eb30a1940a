/** Debian's programs that make disks, with the libraries that they load; nothing else from their packages. */
import type { TarEntry } from '../formats/tar.ts';
import { internal } from '../util/failure.ts';
import type { PackageSpec } from './apk.ts';
import { link } from './debian-tree.ts';
import { grubModules } from './grub-modules.ts';
import { glibc, type StandInContext, spec, text } from './stand-in.ts';

/** The files of /etc/grub.d that Alpine's package has, too. */
const MENU_PARTS = ['00_header', '10_linux', '25_bli', '30_uefi-firmware', '40_custom', '41_custom'];

export function debianTools(context: StandInContext): readonly PackageSpec[] {
  const { debian, time } = context;
  const grub = debian.version('grub-common');
  const { libraries, loader } = debian.arch;
  // The tables that mtools loads: DOS code pages.
  const gconv = `${libraries}/gconv`;
  return [
    spec(
      context,
      'debian-libc',
      debian.version('libc6'),
      "Debian's C library, for the programs that come from Debian",
      {
        license: 'LGPL-2.1-or-later',
        files: [debian.file(`${libraries}/${loader.file}`, loader.place, 0o755), ...debian.libraries(['libc.so.6'])],
      },
    ),
    glibc(context, 'debian-libblkid', debian.version('libblkid1'), "Debian's libblkid and libuuid", {
      files: debian.libraries(['libblkid.so.1', 'libuuid.so.1']),
    }),
    glibc(context, 'debian-libselinux', debian.version('libselinux1'), "Debian's libselinux and libpcre2", {
      files: debian.libraries(['libselinux.so.1', 'libpcre2-8.so.0']),
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
    glibc(context, 'tar', debian.version('tar'), "Debian's tar", {
      depends: ['debian-libselinux'],
      files: [...debian.programs('usr/bin', { tar: 'usr/bin/tar' }), ...debian.libraries(['libacl.so.1'])],
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
        text(`${gconv}/gconv-modules`, gconvModules(['437', '850']), time),
        ...debian.folder(gconv, gconv, /^IBM(437|850)\.so$/),
      ],
    }),
    glibc(
      context,
      'grub',
      grub,
      "Debian's programs of GRUB, with the trigger that Alpine's has and without grub-install",
      {
        // As in Alpine: it writes a menu of kernels, and depends on a generator of their initramfs.
        depends: ['initramfs-generator', 'debian-libselinux'],
        triggers: ['/boot'],
        files: [
          ...debian.programs('usr/bin', {
            'grub-mkimage': 'usr/bin/grub-mkimage',
            'grub-editenv': 'usr/bin/grub-editenv',
            'grub-file': 'usr/bin/grub-file',
            'grub-mkrelpath': 'usr/bin/grub-mkrelpath',
            'grub-script-check': 'usr/bin/grub-script-check',
          }),
          ...debian.programs('usr/sbin', {
            'grub-mkconfig': 'usr/sbin/grub-mkconfig',
            'grub-probe': 'usr/sbin/grub-probe',
          }),
          debian.file('usr/share/grub/grub-mkconfig_lib', 'usr/share/grub/grub-mkconfig_lib'),
          ...MENU_PARTS.map(name => debian.file(`etc/grub.d/${name}`, `etc/grub.d/${name}`, 0o755)).map(
            withAlpineNames,
          ),
          ...debian.libraries(['libm.so.6', 'liblzma.so.5', 'libdevmapper.so.1.02.1']),
          ...debian.libraries(['libudev.so.1', 'libcap.so.2']),
        ],
      },
    ),
    ...Object.entries(debian.arch.grub).map(([name, platform]) =>
      spec(context, name, grub, `the more common of Debian's GRUB modules for ${platform}`, {
        depends: [`grub=${grub}`],
        files: grubModules(debian, platform),
      }),
    ),
  ];
}

/** The name of Alpine's initramfs has no .img at its end; Alpine's GRUB knows this, Debian's does not. */
function withAlpineNames(part: TarEntry): TarEntry {
  if (part.path !== 'etc/grub.d/10_linux') return part;
  const known = `"initramfs-\${version}.img"`;
  const text = Buffer.from(part.content ?? []).toString();
  if (!text.includes(known)) throw internal("Debian's 10_linux looks for an initramfs in other places than before");
  return { ...part, content: Buffer.from(text.replace(known, `"initramfs-\${version}" ${known}`)) };
}

function gconvModules(pages: readonly string[]): string {
  return pages
    .map(
      page =>
        `alias CP${page}// IBM${page}//\nmodule IBM${page}// INTERNAL IBM${page} 1\nmodule INTERNAL IBM${page}// IBM${page} 1\n`,
    )
    .join('');
}
