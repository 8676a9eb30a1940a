/**
 * Whose signatures count for a repository: the trust root's for Alpine's, those that the configuration gives for any other. The two are never put
 * together, and a foreign repository that nothing is known of has no keys at all.
 */
import { isForeign } from '../mirror/foreign-address.ts';

/** By file name, as PEM. */
export type Keys = ReadonlyMap<string, string>;

export interface KeyRing {
  /** The trust root's. */
  readonly keys: Keys;
  /** Of foreign repositories, by their path in the lock. */
  readonly foreignKeys?: ReadonlyMap<string, Keys> | undefined;
}

export function keysOfRepository(path: string, { keys, foreignKeys }: KeyRing): Keys {
  return isForeign(path) ? (foreignKeys?.get(path) ?? new Map()) : keys;
}
