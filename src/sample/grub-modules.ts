/** The GRUB modules of a platform in the sample; never a module without its dependencies. */
import { basename } from 'node:path';
import type { TarEntry } from '../formats/tar.ts';
import type { DebianTree } from './debian-tree.ts';

/**
 * A selection of about 270 modules, because unpacking all takes a second in an emulated machine. Modules that a platform does not have are
 * skipped.
 */
const GRUB_MODULES = [
  ...[
    'acpi',
    'ahci',
    'all_video',
    'ata',
    'bli',
    'biosdisk',
    'boot',
    'cat',
    'chain',
    'configfile',
    'cpuid',
    'date',
    'echo',
    'efi_gop',
    'efifwsetup',
  ],
  ...[
    'ext2',
    'fat',
    'font',
    'gfxmenu',
    'gfxterm',
    'gzio',
    'halt',
    'help',
    'iso9660',
    'keystatus',
    'linux',
    'linux16',
    'loadenv',
  ],
  ...[
    'loopback',
    'ls',
    'lsefi',
    'minicmd',
    'multiboot2',
    'normal',
    'part_gpt',
    'part_msdos',
    'png',
    'probe',
    'reboot',
    'regexp',
  ],
  ...[
    'search',
    'search_fs_file',
    'search_fs_uuid',
    'search_label',
    'serial',
    'sleep',
    'terminal',
    'test',
    'tpm',
    'true',
  ],
  ...['vbe', 'vga', 'video', 'videoinfo', 'xzio'],
];

/**
 * The modules of GRUB_MODULES with their dependencies in moddep.lst (lines `name: needed needed`), and the images and lists beside them.
 */
export function grubModules(debian: DebianTree, platform: string): TarEntry[] {
  const path = `usr/lib/grub/${platform}`;
  const rest = debian.folder(path, path, /\.(lst|img)$/);
  const moddep = rest.find(file => file.path.endsWith('/moddep.lst'));
  const needs = new Map<string, readonly string[]>();
  for (const line of Buffer.from(moddep?.content ?? [])
    .toString()
    .split('\n')) {
    const [name = '', needed = ''] = line.split(':');
    needs.set(name, needed.split(' ').filter(Boolean));
  }
  const chosen = new Set<string>();
  const queue = GRUB_MODULES.filter(name => needs.has(name));
  for (const name of queue) {
    if (chosen.has(name)) continue;
    chosen.add(name);
    queue.push(...(needs.get(name) ?? []));
  }
  const modules = debian.folder(path, path, /\.mod$/).filter(file => chosen.has(basename(file.path, '.mod')));
  return [...rest, ...modules];
}
