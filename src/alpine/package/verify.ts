/**
 * The chain of trust from a trusted key down to every byte of a package. No file of Alpine is used before it is verified here.
 *
 *     trusted key ─► signature of the index ─► checksum (C:) ─► control member ─► datahash ─► data member
 *
 * The signature member inside an .apk is not part of this chain. It is checked only if keys are given.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { fail, ok, type Result } from '../../util/result.ts';
import { type IndexPackage, parseApkIndex } from './apkindex.ts';
import { type Archive, type ArchiveParts, MAX_CONTROL, openArchive } from './archive.ts';
import { controlChecksum } from './control-checksum.ts';
import { type PackageInfo, parsePackageInfo } from './pkginfo.ts';
import { checkSignature } from './signature.ts';

/** Alpine's largest index is 9 MB today. */
const MAX_INDEX = 256 << 20;
/** The number of bytes that are read to find the control member of a package; doubled until it is enough. */
const HEAD = 256 << 10;

export interface SignedIndex {
  /** The text of its file APKINDEX: see apkindex.ts. */
  readonly text: string;
  /** The trusted key that signed it. */
  readonly keyName: string;
  /** The index's DESCRIPTION, for instance v3.20.3-14-g5a1b2c3; may be empty. */
  readonly description: string;
}

export interface VerifiedIndex extends SignedIndex {
  readonly packages: readonly IndexPackage[];
}

/**
 * `keys` are PEM by key file name; `where` is the URL or path for messages. Does not parse the index, which takes a hundred times as long.
 */
export async function verifySignature(
  bytes: Uint8Array,
  keys: ReadonlyMap<string, string>,
  where = 'APKINDEX.tar.gz',
): Promise<Result<SignedIndex>> {
  const parts = await openArchive(bytes, MAX_INDEX);
  if (parts.kind !== 'parts') return badArchive('The package index', where, parts);
  const { signatures, files, controlStart } = parts.archive;
  const signed = checkSignature(bytes.subarray(controlStart), signatures, keys, 'The package index', where);
  if (!signed.ok) return signed;
  const content = (name: string): string | undefined => {
    const file = files.find(entry => entry.path === name);
    return file && Buffer.from(file.content ?? []).toString();
  };
  const text = content('APKINDEX');
  if (text === undefined) {
    return badArchive('The package index', where, { kind: 'damaged', why: 'it contains no file APKINDEX' });
  }
  return ok({ text, keyName: signed.value, description: (content('DESCRIPTION') ?? '').trim() });
}

export async function verifyIndex(
  bytes: Uint8Array,
  keys: ReadonlyMap<string, string>,
  where = 'APKINDEX.tar.gz',
): Promise<Result<VerifiedIndex>> {
  const signed = await verifySignature(bytes, keys, where);
  if (!signed.ok) return signed;
  const packages = parseApkIndex(signed.value.text, where);
  return packages.ok ? ok({ ...signed.value, packages: packages.value }) : packages;
}

/** The facts of a package in a verified index. */
export type ExpectedPackage = Pick<IndexPackage, 'name' | 'version' | 'checksum'> & { readonly size?: number };

export interface VerifiedPackage extends PackageInfo {
  /** Bytes of the .apk. */
  readonly size: number;
}

/** `source` is the bytes of the .apk or its path. With `keys`, the signature inside the .apk must be valid, too. */
export async function verifyPackage(
  source: Uint8Array | string,
  expected: ExpectedPackage,
  keys?: ReadonlyMap<string, string>,
): Promise<Result<VerifiedPackage>> {
  const title = `Package ${expected.name}-${expected.version}`;
  if (typeof source !== 'string') {
    return checkPackage(title, title, expected, keys, source, source.byteLength, async start =>
      createHash('sha256').update(source.subarray(start)).digest('hex'),
    );
  }
  let file: FileHandle;
  try {
    file = await open(source);
  } catch (error) {
    const got = (error as Error).message;
    return fail({
      code: 'AIB_BAD_ARCHIVE',
      what: `${title} cannot be opened`,
      where: source,
      got,
      hint: 'fetch it again',
    });
  }
  try {
    const { size } = await file.stat();
    const head = await readHead(file, size);
    return await checkPackage(title, source, expected, keys, head, size, start => sha256From(file, start));
  } finally {
    await file.close();
  }
}

/** The .PKGINFO of a package file. Only for verified packages: nothing is checked here. */
export async function readPackageInfo(path: string): Promise<Result<PackageInfo & { readonly checksum: string }>> {
  const file = await open(path);
  try {
    const head = await readHead(file, (await file.stat()).size);
    const parts = await openArchive(head, MAX_CONTROL);
    if (parts.kind !== 'parts') return badArchive('The package', path, parts);
    const { archive } = parts;
    const info = packageInfo(archive, 'The package', path);
    const checksum = controlChecksum(head.subarray(archive.controlStart, archive.controlEnd));
    return info.ok ? ok({ ...info.value, checksum }) : info;
  } finally {
    await file.close();
  }
}

/** The start of a package file, up to at least the end of its control member. */
async function readHead(file: FileHandle, size: number): Promise<Uint8Array> {
  for (let length = HEAD; ; length *= 2) {
    const head = Buffer.alloc(Math.min(length, size));
    const { bytesRead } = await file.read(head, 0, head.byteLength, 0);
    const bytes = head.subarray(0, bytesRead);
    if (length >= size || length >= MAX_CONTROL) return bytes;
    if ((await openArchive(bytes, MAX_CONTROL)).kind !== 'truncated') return bytes;
  }
}

async function checkPackage(
  title: string,
  where: string,
  expected: ExpectedPackage,
  keys: ReadonlyMap<string, string> | undefined,
  head: Uint8Array,
  size: number,
  hashFrom: (start: number) => Promise<string>,
): Promise<Result<VerifiedPackage>> {
  const differs = (what: string, want: string, got: string): Result<never> =>
    fail({
      code: 'AIB_DIGEST_MISMATCH',
      what: `${title} ${what}`,
      where,
      got: `${got}, expected ${want}`,
      hint: 'fetch it again; if the error persists, the mirror is damaged or just being updated: run aib update, or use another mirror with --mirror',
    });
  if (expected.size !== undefined && expected.size !== size) {
    return differs('differs in size from the index', `${expected.size} bytes`, `${size} bytes`);
  }
  const parts = await openArchive(head, MAX_CONTROL);
  if (parts.kind !== 'parts') return badArchive(title, where, parts);
  const { archive } = parts;
  const control = head.subarray(archive.controlStart, archive.controlEnd);
  const checksum = controlChecksum(control);
  if (checksum !== expected.checksum)
    return differs('differs from the package in the index', expected.checksum, checksum);
  if (keys !== undefined) {
    const signed = checkSignature(control, archive.signatures, keys, title, where);
    if (!signed.ok) return signed;
  }
  const info = packageInfo(archive, title, where);
  if (!info.ok) return info;
  for (const [field, want, got] of [
    ['pkgname', expected.name, info.value.name],
    ['pkgver', expected.version, info.value.version],
  ] as const) {
    if (want !== got) return differs(`has another ${field} than the index`, want, got);
  }
  const dataHash = await hashFrom(archive.controlEnd);
  if (dataHash !== info.value.dataHash) {
    return differs(
      'does not match the checksum in its control part',
      `sha256 ${info.value.dataHash}`,
      `sha256 ${dataHash}`,
    );
  }
  return ok({ ...info.value, size });
}

function packageInfo(archive: Archive, title: string, where: string): Result<PackageInfo> {
  const [file, ...others] = archive.files.filter(entry => entry.path === '.PKGINFO');
  // apk could read the other one, or follow a link.
  if (others.length > 0 || (file !== undefined && file.type !== 'file'))
    return badArchive(title, where, { kind: 'damaged', why: 'its .PKGINFO must be one plain file' });
  if (file === undefined) return badArchive(title, where, { kind: 'damaged', why: 'it contains no .PKGINFO' });
  const info = parsePackageInfo(Buffer.from(file.content ?? []).toString());
  return info.ok ? info : badArchive(title, where, { kind: 'damaged', why: info.error });
}

function badArchive(title: string, where: string, parts: Exclude<ArchiveParts, { kind: 'parts' }>): Result<never> {
  if (parts.kind === 'v3') {
    return fail({
      code: 'AIB_V3_FORMAT',
      what: `${title} uses the apk 3 format (ADB), which is not supported`,
      where,
      got: 'a file that begins with ADB',
      hint: 'use an Alpine branch that serves APKINDEX.tar.gz; see docs/real-alpine.md for the new format',
    });
  }
  return fail({
    code: 'AIB_BAD_ARCHIVE',
    what: `${title} cannot be read`,
    where,
    got: parts.kind === 'truncated' ? 'a truncated file' : `a damaged file: ${parts.why}`,
    hint: 'fetch it again; if the error persists, use another mirror with --mirror',
  });
}

async function sha256From(file: FileHandle, start: number): Promise<string> {
  const hash = createHash('sha256');
  const stream = file.createReadStream({ start, highWaterMark: 1 << 20, autoClose: false });
  for await (const chunk of stream as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}
