/** Checks the address of a mirror from the user: a plain web address or a folder. Never accepts a password, and never prints one. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';

/** In one normal form, so that the same mirror has the same address. */
export interface MirrorAddress {
  readonly kind: 'web' | 'folder';
  /** A URL without a slash at its end, or an absolute folder. */
  readonly spec: string;
}

export const ALPINE_CDN = 'https://dl-cdn.alpinelinux.org/alpine';

/** Touches no network; fails if `spec` is neither a http(s) URL nor a folder that exists. */
export function mirrorAddress(spec: string): Result<MirrorAddress> {
  if (!isUrl(spec)) {
    const folder = resolve(spec);
    if (existsSync(folder) && statSync(folder).isDirectory()) return ok({ kind: 'folder', spec: folder });
    return fail({
      code: 'AIB_MIRROR_UNREACHABLE',
      what: 'The mirror folder does not exist',
      where: folder,
      hint: 'pass an existing folder or a URL to --mirror',
    });
  }
  const url = webAddress(spec, 'mirror');
  return url.ok ? ok({ kind: 'web', spec: url.value.href.replace(/\/+$/, '') }) : url;
}

export function isUrl(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text);
}

/** `what` is the word for messages: `mirror`. */
export function webAddress(text: string, what: string): Result<URL> {
  const url = URL.parse(text);
  if (url !== null && (url.username !== '' || url.password !== '')) return fail(withPassword(url, what));
  if (url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.search === '' && url.hash === '')
    return ok(url);
  return fail({
    code: 'AIB_BAD_MIRROR',
    what: `The ${what} is neither a plain https or http URL nor a path on this machine`,
    // Text that is not a valid URL may contain a password, too.
    got: text.replace(/\/\/[^/]*@/, '//…@'),
    hint: `use a URL such as ${ALPINE_CDN}, or a path`,
  });
}

function withPassword(url: URL, what: string): Failure {
  const { host, protocol, pathname, hostname } = url;
  return {
    code: 'AIB_PASSWORD_IN_ADDRESS',
    what: `The address of the ${what} contains a user name or a password, which would appear in logs and files`,
    got: `${protocol}//…@${host}${pathname}`,
    hint: `remove it from the address, and put "machine ${hostname} login NAME password SECRET" into ~/.netrc`,
  };
}
