/** The content of a software bill of materials, independent of its format. */
import parse from 'spdx-expression-parse';

export interface Software {
  /** The name of the image. */
  readonly name: string;
  /** The release of Alpine: 3.20.3. */
  readonly release: string;
  /** Seconds since 1970; never the current time. */
  readonly epoch: number;
  /** A UUID, always the same for the same image. */
  readonly id: string;
  /** The digest of the image file. */
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
  /** Alpine's text, not necessarily an SPDX expression. */
  readonly license: string;
  /** The source package. */
  readonly origin: string;
  /** The commit in aports, if known. */
  readonly commit: string;
  /** apk's own: Q1 and the base64 SHA-1 of the control segment; not the checksum of a file. */
  readonly checksum: string;
  /** Names of the image's packages that it depends on, sorted. */
  readonly needs: readonly string[];
}

/** https://github.com/package-url/purl-spec, type `apk`. */
export function packageUrl({ name, version, arch }: SoftwarePackage, release: string): string {
  const [path, number] = [name.toLowerCase(), version].map(encode);
  return `pkg:apk/alpine/${path}@${number}?arch=${encode(arch)}&distro=alpine-${encode(release)}`;
}

/** The specification does not encode the colon, and encodes more characters than encodeURIComponent. */
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
