/** Takes files from the unpacked Debian packages for stand-ins; never uses owners, times or links of the unpacked tree. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TarEntry } from '../formats/tar.ts';
import { internal } from '../util/failure.ts';
import { type Architecture, HOST_ARCH } from './architecture.ts';
import type { DebianPackage } from './debian.ts';

export interface DebianTree {
  readonly arch: Architecture;
  /** The folder with all packages, unpacked over each other. */
  readonly root: string;
  /** An Alpine version for a Debian package: 1:1.37.0-6+b9 is 1.37.0-r0. */
  version(debianPackage: string): string;
  file(from: string, to: string, mode?: number): TarEntry;
  programs(folder: string, from: Readonly<Record<string, string>>): TarEntry[];
  libraries(names: readonly string[]): TarEntry[];
  /** The files directly in a folder with a matching name. */
  folder(from: string, to: string, pattern: RegExp): TarEntry[];
  /** argv that runs a program of the tree on this host, independent of the host's C library; only for the host's architecture. */
  command(program: string, name?: string): readonly string[];
}

export function debianTree(
  arch: Architecture,
  root: string,
  packages: readonly DebianPackage[],
  mtime: number,
): DebianTree {
  // Until Debian 12, packages had programs and libraries outside of /usr, too.
  const place = (from: string): string => {
    const merged = join(root, from);
    return existsSync(merged) ? merged : join(root, from.replace(/^usr\//, ''));
  };
  const file = (from: string, to: string, mode = 0o644): TarEntry => ({
    ...{ path: to, type: 'file', mode, uid: 0, gid: 0, uname: 'root', gname: 'root', mtime },
    content: readFileSync(place(from)),
  });
  return {
    arch,
    root,
    file,
    version(debianPackage) {
      const found = packages.find(candidate => candidate.name === debianPackage);
      const upstream = /^(?:\d+:)?(\d+(?:\.\d+)*[a-z]?)/.exec(found?.version ?? '')?.[1];
      if (upstream === undefined) throw internal(`no version of the Debian package ${debianPackage}`);
      return `${upstream}-r0`;
    },
    programs: (folder, from) => Object.entries(from).map(([name, path]) => file(path, `${folder}/${name}`, 0o755)),
    libraries: names => names.map(name => file(`${arch.libraries}/${name}`, `${arch.libraries}/${name}`, 0o755)),
    folder: (from, to, pattern) =>
      readdirSync(join(root, from), { withFileTypes: true })
        .filter(entry => entry.isFile() && pattern.test(entry.name))
        .map(entry => file(`${from}/${entry.name}`, `${to}/${entry.name}`)),
    command(program, name = program.slice(program.lastIndexOf('/') + 1)) {
      const path = join(root, program);
      if (!existsSync(path)) throw internal(`no ${program} in the Debian packages`);
      if (arch !== HOST_ARCH) throw internal(`${program} of ${arch.debian} was to run on this host`);
      const libraries = join(root, arch.libraries);
      return [join(libraries, arch.loader.file), '--library-path', libraries, '--argv0', name, path];
    },
  };
}

export function link(path: string, linkTarget: string, mtime: number): TarEntry {
  return { path, type: 'symlink', mode: 0o777, uid: 0, gid: 0, uname: 'root', gname: 'root', mtime, linkTarget };
}

export function folder(path: string, mtime: number, mode = 0o755): TarEntry {
  return { path, type: 'directory', mode, uid: 0, gid: 0, uname: 'root', gname: 'root', mtime };
}
