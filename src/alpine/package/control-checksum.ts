/** The checksum of a package in an index (C:): `Q1` and the base64 SHA-1 of its control member, in the compressed form of the .apk. */
import { createHash } from 'node:crypto';

export function controlChecksum(control: Uint8Array): string {
  return `Q1${createHash('sha1').update(control).digest('base64')}`;
}
