/**
 * What a repository is called in the lock, in labels and in folders. Those of Alpine lie below a mirror; a foreign one has an address of its own, and
 * is never looked for on a mirror.
 *
 *     lock                                                  label, folder of inputs
 *     v3.20/main/x86_64                                     v3.20/main/x86_64
 *     https://packages.example.org/alpine/mine/x86_64       packages.example.org/alpine/mine/x86_64
 *     http://packages.example.org:8080/mine/x86_64          packages.example.org+8080/mine/x86_64
 *     /srv/mine/x86_64                                      file+/srv/mine/x86_64
 *
 * A first word with a `+`, or with a dot that is no version's, is therefore never the first of Alpine's.
 */
import { posix } from 'node:path';
import { pathBelowFault } from '../../util/files/file-name.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { isUrl, webAddress } from './mirror-address.ts';

/** `path` is as in the lock; also of a file in a repository. */
export function isForeign(path: string): boolean {
  return path.startsWith('/') || isUrl(path);
}

/**
 * As it stands in the lock, without the architecture: the same place always has the same name. As in /etc/apk/repositories, a folder is absolute,
 * with `file://` or without.
 */
export function foreignAddress(address: string): Result<string> {
  const folder = /^(?:file:\/\/)?(\/.*)$/.exec(address)?.[1];
  const base = folder === undefined ? webBase(address) : ok(posix.normalize(folder).replace(/\/$/, ''));
  if (!base.ok) return base;
  const below = folder === undefined ? new URL(base.value).pathname : base.value;
  const fault = below === '/' ? undefined : pathBelowFault(below.slice(1));
  if (fault === undefined) return base;
  return fail({ code: 'AIB_REPOSITORY', what: `The repository ${address} has no good address`, got: fault });
}

function webBase(address: string): Result<string> {
  if (isUrl(address)) {
    const url = webAddress(address, 'repository');
    return url.ok ? ok(url.value.href.replace(/\/$/, '')) : url;
  }
  return fail({
    code: 'AIB_REPOSITORY',
    what: `The repository ${address} has no good address`,
    got: 'neither a https or http URL nor an absolute folder',
  });
}

/** Words of labels and names of folders; two places never have the same. */
export function addressWords(address: string): string {
  if (!isUrl(address)) return address.startsWith('/') ? `file+${plainWords(address)}` : address;
  const { protocol, hostname, port, pathname } = new URL(address);
  // A host without a dot could be called as a branch is.
  const needsPort = port !== '' || protocol !== 'https:' || !hostname.includes('.');
  const number = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  const path = plainWords(pathname.replace(/\/$/, ''));
  const host = hostname.replaceAll(':', '_');
  return `${host}${needsPort ? `+${number}` : ''}${path}`;
}

/** Behind an @ a label has a version, behind a colon an output. */
export function plainWords(path: string): string {
  return path.replaceAll('@', '%40').replaceAll(':', '%3A');
}

/** Whether words that addressWords gave, or a label has behind its kind, begin with a host. */
export function beginsWithHost(words: readonly string[]): boolean {
  const [first = ''] = words;
  return first.includes('+') || (first.includes('.') && !/^v?\d+\.\d+$/.test(first));
}

/** The host whose keys count for it; undefined for a folder. */
export function hostOf(address: string): string | undefined {
  return isUrl(address) ? new URL(address).host : undefined;
}
