/** Composes a stand-in from its data files, files from Debian, and a description that says that it is a stand-in. */
import type { TarEntry } from '../formats/tar.ts';
import type { PackageSpec } from './apk.ts';
import type { DebianTree } from './debian-tree.ts';
import type { SampleFiles } from './files.ts';
import type { SampleKernel } from './kernel.ts';

export interface StandInContext {
  readonly debian: DebianTree;
  readonly files: SampleFiles;
  readonly kernel: SampleKernel;
  /** Seconds since the epoch, of every package and file. */
  readonly time: number;
}

/** The version of packages that consist only of the sample's own scripts. */
export const OWN_VERSION = '0.1.0-r0';

export type Extra = Partial<Omit<PackageSpec, 'name' | 'version' | 'description' | 'buildTime'>>;

/** The package's own data files are added to `extra.files`. */
export function spec(context: StandInContext, name: string, version: string, holds: string, extra: Extra): PackageSpec {
  const { files, scripts } = context.files.of(name);
  return {
    ...{ name, version, description: `Stand-in of aib's sample mirror: ${holds}`, license: 'MIT' },
    ...{ url: 'https://alpinelinux.org/', origin: name, buildTime: context.time, scripts },
    ...extra,
    files: [...files, ...(extra.files ?? [])],
  };
}

/** A stand-in with programs that need Debian's C library. */
export function glibc(
  context: StandInContext,
  name: string,
  version: string,
  holds: string,
  extra: Extra,
): PackageSpec {
  const depends = ['debian-libc', ...(extra.depends ?? [])];
  return spec(context, name, version, holds, { license: 'GPL-2.0-or-later', ...extra, depends });
}

export function text(path: string, content: string, mtime: number): TarEntry {
  return {
    path,
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    uname: 'root',
    gname: 'root',
    mtime,
    content: Buffer.from(content),
  };
}
