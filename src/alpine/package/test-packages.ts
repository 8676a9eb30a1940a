/** Makes keys, packages and indexes for tests, as abuild and apk would; never used by a build. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { packTar } from '../../formats/tar.ts';
import type { IndexPackage } from './apkindex.ts';
import { controlChecksum } from './control-checksum.ts';

export interface TestKey {
  readonly name: string;
  readonly publicPem: string;
  readonly privatePem: string;
}

export function makeKey(name: string): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    name,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

export function trusted(...keys: readonly TestKey[]): ReadonlyMap<string, string> {
  return new Map(keys.map(key => [key.name, key.publicPem]));
}

const HASHES = { RSA: 'sha1', RSA256: 'sha256', RSA512: 'sha512' } as const;

/** The signature member, followed by the signed bytes. */
export async function signedBy(
  key: TestKey,
  signed: Uint8Array,
  algorithm: keyof typeof HASHES = 'RSA',
): Promise<Buffer> {
  const signature = sign(HASHES[algorithm], signed, key.privatePem);
  const member = await tarGz({ [`.SIGN.${algorithm}.${key.name}`]: signature }, false);
  return Buffer.concat([member, signed]);
}

export interface TestApk {
  readonly bytes: Buffer;
  readonly signatureSize: number;
  readonly controlSize: number;
  /** As the index would list it. */
  readonly checksum: string;
}

export async function makeApk(
  pkginfo: Readonly<Record<string, string>>,
  content: string,
  key?: TestKey,
): Promise<TestApk> {
  const data = await tarGz({ 'usr/share/content': Buffer.from(content) }, true);
  const datahash = createHash('sha256').update(data).digest('hex');
  const lines = Object.entries({ arch: 'x86_64', datahash, ...pkginfo }).map(([name, value]) => `${name} = ${value}\n`);
  const control = await tarGz({ '.PKGINFO': Buffer.from(`# made for a test\n${lines.join('')}`) }, false);
  const head = key === undefined ? control : await signedBy(key, control);
  return {
    bytes: Buffer.concat([head, data]),
    signatureSize: head.byteLength - control.byteLength,
    controlSize: control.byteLength,
    checksum: controlChecksum(control),
  };
}

/** The unsigned index member. */
export async function makeIndex(text: string, description = 'v3.20.3-1-gabc'): Promise<Buffer> {
  return tarGz({ DESCRIPTION: Buffer.from(description), APKINDEX: Buffer.from(text) }, true);
}

/** A package as an index would list it, from the fields that matter for a test. */
export function indexPackage(name: string, version: string, fields: Partial<IndexPackage> = {}): IndexPackage {
  return {
    name,
    version,
    arch: 'x86_64',
    size: 1,
    installedSize: 1,
    description: '',
    url: '',
    license: 'MIT',
    origin: name,
    maintainer: '',
    commit: '',
    buildTime: 0,
    checksum: `Q1${createHash('sha1').update(`${name}-${version}`).digest('base64')}`,
    depends: [],
    provides: [],
    installIf: [],
    replaces: [],
    providerPriority: 0,
    ...fields,
  };
}

async function tarGz(files: Readonly<Record<string, Uint8Array>>, endOfArchive: boolean): Promise<Buffer> {
  const entries = Object.entries(files).map(
    ([path, content]) => ({ path, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0, content }) as const,
  );
  return gzipSync(await packTar(entries, { endOfArchive }), { level: 9 });
}
