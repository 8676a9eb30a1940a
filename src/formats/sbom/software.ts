/** What a bill of materials says of an image, before it takes one of the forms that there are for that. */
import parse from 'spdx-expression-parse';

export interface Software {
  /** Of the image. */
  readonly name: string;
  /** Of Alpine: 3.20.3. */
  readonly release: string;
  /** Seconds since 1970; never today's. */
  readonly epoch: number;
  /** A UUID that is the same for the same image. */
  readonly id: string;
  /** Of the image's file. */
  readonly sha256: string;
  /** By name. */
  readonly packages: readonly SoftwarePackage[];
}

export interface SoftwarePackage {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly description: string;
  readonly url: string;
  /** As Alpine has it, which need be no SPDX expression. */
  readonly license: string;
  /** The source package. */
  readonly origin: string;
  /** Of aports, if it is known. */
  readonly commit: string;
  /** apk's own: Q1 and the base64 SHA-1 of the control segment, which is no checksum of any file. */
  readonly checksum: string;
  /** Names of others of the image that it depends on, sorted. */
  readonly needs: readonly string[];
}

/** https://github.com/package-url/purl-spec, type `apk`. */
export function packageUrl({ name, version, arch }: SoftwarePackage, release: string): string {
  const [path, number] = [name.toLowerCase(), version].map(encode);
  return `pkg:apk/alpine/${path}@${number}?arch=${encode(arch)}&distro=alpine-${encode(release)}`;
}

/** The specification leaves the colon as it is, and encodes what encodeURIComponent does not. */
function encode(text: string): string {
  return encodeURIComponent(text)
    .replaceAll(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%3A', ':');
}

export function isExpression(license: string): boolean {
  try {
    parse(license);
    return true;
  } catch {
    return false;
  }
}

export function dayOf(epoch: number): string {
  return new Date(epoch * 1_000).toISOString().replace('.000Z', 'Z');
}
