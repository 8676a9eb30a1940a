/**
 * Names of repositories in the lock, in labels and in folders. Alpine's repositories are paths below a mirror; a foreign repository has its
 * own address, and is never fetched from a mirror.
 *
 *     lock                                                  label, folder of inputs
 *     v3.20/main/x86_64                                     v3.20/main/x86_64
 *     https://packages.example.org/alpine/mine/x86_64       packages.example.org/alpine/mine/x86_64
 *     http://packages.example.org:8080/mine/x86_64          packages.example.org+8080/mine/x86_64
 *     /srv/mine/x86_64                                      file+/srv/mine/x86_64
 *
 * So a first word with a `+`, or with a dot that is not part of a version, is always foreign.
 */
import { posix } from 'node:path';
import { pathBelowFault } from '../../util/files/file-name.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { isUrl, webAddress } from './mirror-address.ts';

/** `path` is as in the lock, of a repository or of a file in it. */
export function isForeign(path: string): boolean {
  return path.startsWith('/') || isUrl(path);
}

/**
 * The address as in the lock, without the architecture, in one normal form. As in /etc/apk/repositories, a folder is absolute, with or
 * without `file://`.
 */
export function foreignAddress(address: string): Result<string> {
  const folder = /^(?:file:\/\/)?(\/.*)$/.exec(address)?.[1];
  const base = folder === undefined ? webBase(address) : ok(posix.normalize(folder).replace(/\/$/, ''));
  if (!base.ok) return base;
  const below = folder === undefined ? new URL(base.value).pathname : base.value;
  const fault = below === '/' ? undefined : pathBelowFault(below.slice(1));
  if (fault === undefined) return base;
  return fail({ code: 'AIB_REPOSITORY', what: `The repository ${address} has an invalid address`, got: fault });
}

function webBase(address: string): Result<string> {
  if (isUrl(address)) {
    const url = webAddress(address, 'repository');
    return url.ok ? ok(url.value.href.replace(/\/$/, '')) : url;
  }
  return fail({
    code: 'AIB_REPOSITORY',
    what: `The repository ${address} has an invalid address`,
    got: 'neither an https or http URL nor an absolute folder',
  });
}

/** For labels and names of folders; different places have different words. */
export function addressWords(address: string): string {
  if (!isUrl(address)) return address.startsWith('/') ? `file+${plainWords(address)}` : address;
  const { protocol, hostname, port, pathname } = new URL(address);
  // A host without a dot could have the name of a branch.
  const needsPort = port !== '' || protocol !== 'https:' || !hostname.includes('.');
  const number = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  const path = plainWords(pathname.replace(/\/$/, ''));
  const host = hostname.replaceAll(':', '_');
  return `${host}${needsPort ? `+${number}` : ''}${path}`;
}

/** Without @ and colon, which separate the version and the output in a label. */
export function plainWords(path: string): string {
  return path.replaceAll('@', '%40').replaceAll(':', '%3A');
}

/** Whether the words of addressWords, or of a label behind its kind, begin with a host. */
export function beginsWithHost(words: readonly string[]): boolean {
  const [first = ''] = words;
  return first.includes('+') || (first.includes('.') && !/^v?\d+\.\d+$/.test(first));
}

/** The host of the address, whose keys are trusted for it; undefined for a folder. */
export function hostOf(address: string): string | undefined {
  return isUrl(address) ? new URL(address).host : undefined;
}
