/** A small repository outside of Alpine, in memory, with one package that depends on one of the mirror's. The signers can be varied. */
import { makeApk, makeIndex, makeKey, signedBy, type TestKey } from '../../src/alpine/package/test-packages.ts';
import { record } from './honest-mirror.ts';

export const MINE = makeKey('mine-1.rsa.pub');
export const THEIRS = makeKey('theirs-1.rsa.pub');

export interface ForeignVariation {
  readonly indexKey?: TestKey;
  readonly packageKey?: TestKey;
  /** The key that is served. */
  readonly key?: TestKey;
  readonly description?: string;
  /** Build time of the package, in seconds since the epoch. */
  readonly built?: number;
  readonly version?: string;
}

export const BUILT = 1_725_580_800;

/** By path: `mine/x86_64/…` is the repository, `keys/mine-1.rsa.pub` its key. */
export async function foreignFiles(variation: ForeignVariation = {}): Promise<Map<string, Buffer>> {
  const { indexKey = MINE, packageKey = MINE, key = MINE, version = '1-r0', built = BUILT } = variation;
  const hello = await makeApk({ pkgname: 'hello', pkgver: version }, `hello ${version}`, packageKey);
  const size = String(hello.bytes.byteLength);
  const listed = record({ P: 'hello', V: version, C: hello.checksum, S: size, D: 'lib', t: String(built) });
  const index = await makeIndex(listed, variation.description ?? 'mine');
  return new Map([
    ['mine/x86_64/APKINDEX.tar.gz', await signedBy(indexKey, index)],
    [`mine/x86_64/hello-${version}.apk`, hello.bytes],
    ['keys/mine-1.rsa.pub', Buffer.from(key.publicPem)],
  ]);
}
