/** Opens the place of an address, with its credentials. Never puts a credential into a message. */
import { readFileSync } from 'node:fs';
import { fail, ok, type Result } from '../../util/result.ts';
import type { CachePlace } from './cache-place.ts';
import { folderPlace } from './folder-place.ts';
import { httpPlace } from './http-place.ts';

export interface PlaceAddress {
  readonly type: 'http' | 'folder';
  readonly address: string;
  /** Seconds. */
  readonly timeout: number;
  readonly credentials:
    | { readonly scheme: 'token' | 'login'; readonly from: 'file' | 'env'; readonly place: string }
    | undefined;
}

export function openPlace(where: PlaceAddress, environment: NodeJS.ProcessEnv): Result<CachePlace> {
  if (where.type === 'folder') return ok(folderPlace(where.address));
  const authorization = authorizationOf(where, environment);
  if (!authorization.ok) return authorization;
  const idleTimeoutMs = where.timeout * 1_000;
  return ok(httpPlace(where.address, { authorization: authorization.value, idleTimeoutMs, environment }));
}

/** The value of the Authorization header. */
function authorizationOf(
  { credentials, address }: PlaceAddress,
  environment: NodeJS.ProcessEnv,
): Result<string | undefined> {
  if (credentials === undefined) return ok(undefined);
  const { scheme, from, place } = credentials;
  const secret = (from === 'env' ? (environment[place] ?? '') : readSecret(place)).trim();
  const words = scheme === 'token' ? 'a token' : 'name:password';
  // A line break in a header would end the request.
  if (secret === '' || !/^[\x20-\x7e]+$/.test(secret) || (scheme === 'login' && !secret.includes(':')))
    return fail({
      code: 'AIB_CONFIG_VALUE',
      what: 'The credentials for a remote cache are missing or invalid',
      where: from === 'env' ? `the variable ${place}, for ${address}` : `${place}, for ${address}`,
      hint: `put ${words} there, on one line`,
    });
  return ok(scheme === 'token' ? `Bearer ${secret}` : `Basic ${Buffer.from(secret).toString('base64')}`);
}

/** Empty if the file cannot be read. */
function readSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
