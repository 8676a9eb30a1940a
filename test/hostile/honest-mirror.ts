/**
 * A small honest mirror in memory: one branch, one architecture, two packages, an ISO, all signed. Everything that a malicious signer could
 * sign can be varied.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { controlChecksum } from '../../src/alpine/package/control-checksum.ts';
import type { TrustRoot } from '../../src/alpine/package/keys.ts';
import { sampleTrustRoot } from '../../src/alpine/package/sample-trust.ts';
import {
  makeApk,
  makeIndex,
  makeKey,
  signedBy,
  type TestApk,
  type TestKey,
  trusted,
} from '../../src/alpine/package/test-packages.ts';
import { type IsoEntry, writeIso } from '../../src/formats/iso9660.ts';
import { packTar, type TarEntry } from '../../src/formats/tar.ts';
import { signRelease } from '../../src/sample/sign-release.ts';

export const KEY = makeKey('hostile-1.rsa.pub');
export const STRANGER = makeKey('stranger-1.rsa.pub');
export const ROOT: TrustRoot = { ...sampleTrustRoot(), keys: trusted(KEY) };

export const MAIN = 'v3.20/main/x86_64';
export const INDEX = `${MAIN}/APKINDEX.tar.gz`;
export const LIB = `${MAIN}/lib-1-r0.apk`;
export const ISO = 'v3.20/releases/x86_64/alpine-virt-3.20.3-x86_64.iso';

/** 2024-09-06 */
const DAY = 1_725_580_800;

export type Files = ReadonlyMap<string, Buffer>;

export interface Variation {
  readonly releases?: object;
  /** Lines that replace those of lib in the index: `{ S: '7' }`. */
  readonly libLine?: Readonly<Record<string, string | undefined>>;
  /** Added after all records. */
  readonly more?: string;
  readonly description?: string;
  readonly lib?: TestApk;
  readonly iso?: Buffer;
}

export const RELEASES = {
  architectures: ['x86_64'],
  latest_stable: 'v3.20',
  release_branches: [
    {
      rel_branch: 'v3.20',
      eol_date: '2026-04-01',
      arches: ['x86_64'],
      releases: [{ version: '3.20.3', date: '2024-09-06' }],
    },
  ],
};

/** Independent packages with the given sizes in bytes; returns the files, and their records for `more` of a variation. */
export async function manyPackages(sizes: ReadonlyMap<string, number>): Promise<{ files: Files; records: string }> {
  const files = new Map<string, Buffer>();
  let records = '';
  for (const [name, size] of sizes) {
    const apk = await makeApk({ pkgname: name, pkgver: '1-r0' }, randomBytes(size / 2).toString('hex'), KEY);
    files.set(`${MAIN}/${name}-1-r0.apk`, apk.bytes);
    records += record({ P: name, V: '1-r0', C: apk.checksum, S: String(apk.bytes.byteLength) });
  }
  return { files, records };
}

export async function honestMirror(variation: Variation = {}): Promise<Map<string, Buffer>> {
  const app = await makeApk({ pkgname: 'app', pkgver: '1-r0' }, 'app', KEY);
  const lib = variation.lib ?? (await makeApk({ pkgname: 'lib', pkgver: '1-r0' }, 'lib', KEY));
  const records =
    record({ P: 'app', V: '1-r0', C: app.checksum, S: String(app.bytes.byteLength), D: 'lib' }) +
    record({ P: 'lib', V: '1-r0', C: lib.checksum, S: String(lib.bytes.byteLength), ...variation.libLine });
  const iso = variation.iso ?? (await makeIso(KERNEL));
  return new Map<string, Buffer>([
    ['releases.json', Buffer.from(JSON.stringify(variation.releases ?? RELEASES))],
    [INDEX, await signedBy(KEY, await makeIndex(records + (variation.more ?? ''), variation.description))],
    [`${MAIN}/app-1-r0.apk`, app.bytes],
    [LIB, lib.bytes],
    ...(await besideIso(iso)),
  ]);
}

/** The ISO and the files beside it, all valid. */
export async function besideIso(iso: Buffer): Promise<readonly (readonly [string, Buffer])[]> {
  const sum = (algorithm: string): Buffer =>
    Buffer.from(`${createHash(algorithm).update(iso).digest('hex')}  alpine-virt-3.20.3-x86_64.iso\n`);
  return [
    [ISO, iso],
    [`${ISO}.sha256`, sum('sha256')],
    [`${ISO}.sha512`, sum('sha512')],
    [`${ISO}.asc`, Buffer.from(await signRelease(iso, DAY))],
  ];
}

export const KERNEL: readonly IsoEntry[] = [
  { path: 'boot/vmlinuz-virt', type: 'file', source: { bytes: Buffer.from('a kernel') } },
  { path: 'boot/initramfs-virt', type: 'file', source: { bytes: Buffer.from('an initramfs') } },
];

export async function makeIso(entries: readonly IsoEntry[]): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'aib-hostile-iso-'));
  try {
    await writeIso(join(folder, 'iso'), entries, { volumeId: 'alpine', time: DAY });
    return readFileSync(join(folder, 'iso'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function record(fields: Readonly<Record<string, string | undefined>>): string {
  const all = { A: 'x86_64', I: '1', T: 't', U: 'u', L: 'MIT', ...fields };
  const lines = Object.entries(all).flatMap(([letter, value]) => (value === undefined ? [] : [`${letter}:${value}\n`]));
  return `${lines.join('')}\n`;
}

/** A package with these entries in its control member, with a valid checksum. */
export async function apkWith(control: readonly TarEntry[], key: TestKey = KEY): Promise<TestApk> {
  const data = gzipSync(await packTar([file('usr/share/x', 'x')]));
  const filled = control.map(entry =>
    entry.content === undefined
      ? entry
      : { ...entry, content: Buffer.from(String(entry.content).replace('DATAHASH', sha256(data))) },
  );
  const member = gzipSync(await packTar(filled, { endOfArchive: false }));
  const head = await signedBy(key, member);
  return {
    bytes: Buffer.concat([head, data]),
    signatureSize: head.byteLength - member.byteLength,
    controlSize: member.byteLength,
    checksum: controlChecksum(member),
  };
}

export const PKGINFO = 'pkgname = lib\npkgver = 1-r0\narch = x86_64\ndatahash = DATAHASH\n';

export function file(path: string, content: string): TarEntry {
  return { path, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0, content: Buffer.from(content) };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
