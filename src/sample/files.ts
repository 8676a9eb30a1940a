/**
 * The data files of the sample mirror: shell scripts and configuration of the stand-in packages. Only this file knows their folder; `root`
 * is src/sample/files in a checkout, independent of the location of the bundle.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TarEntry } from '../formats/tar.ts';
import { type Digest, digestOf } from '../store/content/digest.ts';
import { compareUtf8 } from '../util/bytes.ts';
import { type PackageSpec, SCRIPT_NAMES, type ScriptName } from './apk.ts';

export interface SampleFiles {
  /** The files of files/<name>/, at their places in the package, and its scripts (.post-install, .trigger …). */
  of(name: string): Pick<PackageSpec, 'files'> & { readonly scripts: NonNullable<PackageSpec['scripts']> };
  /** The same for one file, which must exist. */
  readonly digest: Digest;
}

export async function sampleFiles(root: string, mtime: number): Promise<SampleFiles> {
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = found
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(root.length + 1));
  paths.sort(compareUtf8);
  const contents = new Map<string, Buffer>();
  for (const path of paths) contents.set(path, await readFile(join(root, path)));
  const summary = [...contents].map(([path, content]) => `${path} ${digestOf(content).hash}\n`).join('');
  return {
    digest: digestOf(summary),
    of(name) {
      const files: TarEntry[] = [];
      const scripts: Partial<Record<ScriptName, Uint8Array>> = {};
      for (const [path, content] of contents) {
        if (!path.startsWith(`${name}/`)) continue;
        const inner = path.slice(name.length + 1);
        const script = SCRIPT_NAMES.find(candidate => candidate === inner);
        if (script === undefined) files.push(fileEntry(inner, content, mtime));
        else scripts[script] = content;
      }
      return { files, scripts };
    },
  };
}

/** A file that begins with #! is a program; modes of the checkout are not used, because a copy may have lost them. */
function fileEntry(path: string, content: Uint8Array, mtime: number): TarEntry {
  const isProgram = content[0] === 0x23 && content[1] === 0x21;
  const base = { path, type: 'file', uid: 0, gid: 0, uname: 'root', gname: 'root', mtime, content } as const;
  return { ...base, mode: isProgram ? 0o755 : 0o644 };
}
