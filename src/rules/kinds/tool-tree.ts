/**
 * Merges the files of packages as apk does: the path of a file may lead through a link of another package, for example /lib to /usr/lib.
 */
import { dirname, join } from 'node:path/posix';
import type { IsoEntry } from '../../formats/iso9660.ts';
import type { TarEntry } from '../../formats/tar.ts';

/** More links are a cycle. */
const MOST_LINKS = 40;

export class ToolTree {
  readonly #entries = new Map<string, IsoEntry>();

  constructor(folders: readonly string[]) {
    for (const path of folders) this.#entries.set(path, { path, type: 'directory' });
  }

  /** In install order: later files replace earlier ones. Devices and owners are not kept. */
  add(files: readonly TarEntry[]): void {
    for (const file of files) {
      const path = this.#placed(file.path);
      const entry = path === '' ? undefined : this.#entryOf(file, path);
      const isThere = file.type === 'directory' && this.#entries.has(path);
      if (entry !== undefined && !isThere) this.#entries.set(path, entry);
    }
  }

  entries(): Iterable<IsoEntry> {
    return this.#entries.values();
  }

  #entryOf({ type, mode, content, linkTarget = '' }: TarEntry, path: string): IsoEntry | undefined {
    switch (type) {
      case 'directory':
        return { path, type };
      case 'symlink':
        return { path, type, target: linkTarget };
      case 'file':
        return { path, type, mode, source: { bytes: content ?? new Uint8Array() } };
      case 'hardlink': {
        const other = this.#entries.get(this.#placed(linkTarget));
        return other === undefined || other.type === 'directory' ? undefined : { ...other, path };
      }
      case 'block':
      case 'character':
      case 'fifo':
        return undefined;
      default:
        return type satisfies never;
    }
  }

  /** The resolved path: links in its folders are followed, the last name is not. */
  #placed(path: string): string {
    let rest = clean(path).split('/');
    let place = '';
    for (let links = 0; rest.length > 1 && links < MOST_LINKS; ) {
      const [name = '', ...others] = rest;
      const next = clean(join(place, name));
      const entry = this.#entries.get(next);
      if (entry?.type === 'symlink') {
        links += 1;
        rest = [...clean(join(entry.target.startsWith('/') ? '' : dirname(next), entry.target)).split('/'), ...others];
        place = '';
      } else {
        place = next;
        rest = others;
      }
    }
    return clean(join(place, ...rest));
  }
}

/** Without a slash at either end, and not above the root. */
function clean(path: string): string {
  return join('/', path).replace(/^\/|\/$/g, '');
}
