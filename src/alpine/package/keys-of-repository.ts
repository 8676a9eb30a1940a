/**
 * The keys that are trusted for a repository: those of the trust root for Alpine's repositories, those of the configuration for all others.
 * The two are never combined, and an unknown foreign repository has no keys.
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
