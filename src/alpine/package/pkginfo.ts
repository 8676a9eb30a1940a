/**
 * Parses .PKGINFO, the description inside a package: lines `key = value`, `#` for comments, repeated keys for lists. Never verifies it: it
 * is trusted only if its control member was verified.
 */
import type { Sha256 } from '../../store/content/digest.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { splitDependencies } from './dependency.ts';

export interface PackageInfo {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  /** SHA-256 of the compressed data member: of all bytes behind the control member. */
  readonly dataHash: Sha256;
  readonly origin: string;
  readonly license: string;
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  readonly installIf: readonly string[];
}

/** The values of each key, in the order of the lines. */
export function packageFields(text: string): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^([a-z_]+) = (.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    const values = fields.get(key);
    if (values === undefined) fields.set(key, [value]);
    else values.push(value);
  }
  return fields;
}

/** The error is a phrase for the place behind "a damaged file: ". */
export function parsePackageInfo(text: string): Result<PackageInfo, string> {
  const fields = packageFields(text);
  const only = (key: string): string => fields.get(key)?.[0] ?? '';
  // With two values of one key, apk could use the other one.
  for (const key of ['pkgname', 'pkgver', 'datahash']) {
    if (fields.get(key)?.length !== 1) return fail(`its .PKGINFO must have exactly one ${key}`);
  }
  const dataHash = only('datahash');
  if (!/^[0-9a-f]{64}$/.test(dataHash)) return fail('its .PKGINFO has no datahash of 64 hex digits');
  return ok({
    name: only('pkgname'),
    version: only('pkgver'),
    arch: only('arch'),
    dataHash: dataHash as Sha256,
    origin: only('origin') || only('pkgname'),
    license: only('license'),
    depends: fields.get('depend') ?? [],
    provides: fields.get('provides') ?? [],
    installIf: (fields.get('install_if') ?? []).flatMap(splitDependencies),
  });
}
