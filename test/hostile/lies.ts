/** The lies, each with the failure that it must cause. `update` lies while a lock is made, `build` after an honest lock exists. */
import { gzipSync } from 'node:zlib';
import { makeApk, makeIndex, signedBy } from '../../src/alpine/package/test-packages.ts';
import type { FailureCode } from '../../src/util/failure-table.ts';
import {
  apkWith,
  besideIso,
  file,
  honestMirror,
  INDEX,
  ISO,
  KERNEL,
  KEY,
  LIB,
  MAIN,
  makeIso,
  PKGINFO,
  RELEASES,
  record,
  STRANGER,
  type Variation,
} from './honest-mirror.ts';
import {
  type Answer,
  changed,
  cutShort,
  endless,
  flipped,
  instead,
  raw,
  reset,
  silent,
  stalling,
  status,
} from './lying-server.ts';

export interface Lie {
  readonly name: string;
  readonly when: 'update' | 'build';
  readonly code: FailureCode;
  /** The server's answer for one file. */
  readonly at?: string;
  readonly answer?: Answer;
  /** No data arrives, so only a timeout detects it. */
  readonly isSilent?: boolean;
  /** Or another mirror, which is consistent in itself. */
  readonly variation?: () => Promise<Variation>;
  /** Or another mirror from the second request on, after the lock exists. */
  readonly later?: () => Promise<Variation>;
}

const HTML = '<!DOCTYPE html><html><title>Welcome! Please log in</title></html>';

const branch = (changes: object) => ({
  releases: { ...RELEASES, release_branches: [{ ...RELEASES.release_branches[0], ...changes }] },
});

/** Lies about the connection, which are the same for every file. */
const CONNECTIONS: readonly (readonly [string, FailureCode, Answer])[] = [
  ['resets the connection', 'AIB_MIRROR_UNREACHABLE', reset],
  ['takes the request and says nothing', 'AIB_MIRROR_UNREACHABLE', silent],
  ['stops in the middle', 'AIB_MIRROR_UNREACHABLE', stalling],
  ['ends in the middle', 'AIB_MIRROR_UNREACHABLE', cutShort],
  ['answers what is no HTTP', 'AIB_MIRROR_UNREACHABLE', raw('SSH-2.0-OpenSSH_9.9\r\n')],
  [
    'sends a megabyte of headers',
    'AIB_MIRROR_UNREACHABLE',
    raw(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(1 << 20)}\r\n\r\n`),
  ],
  ['fails for ever', 'AIB_MIRROR_UNREACHABLE', status(500)],
  ['wants to be asked again in 30 years', 'AIB_MIRROR_UNREACHABLE', status(429, { 'retry-after': '946080000' })],
  [
    'redirects in a circle',
    'AIB_MIRROR_UNREACHABLE',
    (request, response) => response.writeHead(302, { location: request.url ?? '' }).end(),
  ],
  ['redirects to a file of this machine', 'AIB_MIRROR_UNREACHABLE', status(302, { location: 'file:///etc/passwd' })],
  ['redirects to what is no address', 'AIB_MIRROR_UNREACHABLE', status(302, { location: 'http://[' })],
  [
    'sends a part that nobody asked for',
    'AIB_MIRROR_UNREACHABLE',
    (_request, response) => response.writeHead(206, { 'content-range': 'bytes 3-9/100' }).end('1234567'),
  ],
  ['sends the file packed', 'AIB_MIRROR_UNREACHABLE', instead(gzipSync('x'), { 'content-encoding': 'gzip' })],
  ['sends a login page', 'AIB_MIRROR_WEB_PAGE', instead(HTML, { 'content-type': 'text/html' })],
  ['lacks the file', 'AIB_MIRROR_NOT_FOUND', status(404)],
];

const RELEASE_LISTS: readonly (readonly [string, FailureCode, string])[] = [
  ['is no JSON', 'AIB_BAD_RELEASES', 'release_branches:'],
  ['is another document', 'AIB_BAD_RELEASES', '["a", "b"]'],
  ['is nested a hundred thousand deep', 'AIB_BAD_RELEASES', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['changes what all objects have', 'AIB_BAD_RELEASES', '{"__proto__": {"ok": true}, "release_branches": []}'],
  ['is larger than any list', 'AIB_MIRROR_TOO_LARGE', ' '.repeat((16 << 20) + 1)],
];

const BRANCHES: readonly (readonly [string, FailureCode, object])[] = [
  [
    'has a release that is a path',
    'AIB_BAD_RELEASES',
    { releases: [{ version: '3.20.3/../../..', date: '2024-09-06' }] },
  ],
  ['has an architecture that is a path', 'AIB_BAD_RELEASES', { arches: ['../x86_64'] }],
  ['has a branch that is a path', 'AIB_BAD_RELEASES', { rel_branch: 'v3.20/../..' }],
  ['has an end of life that is no date', 'AIB_BAD_RELEASES', { eol_date: 'never' }],
  ['is of years ago, when other branches were alive', 'AIB_NO_RELEASE', { eol_date: '2020-01-01' }],
  ['has only a pre-release', 'AIB_BAD_RELEASES', { releases: [{ version: '3.20.0_rc1', date: '2024-09-06' }] }],
];

const update = (name: string, code: FailureCode, at: string, answer: Answer): Lie => ({
  name,
  when: 'update',
  code,
  at,
  answer,
  isSilent: answer === silent || answer === stalling,
});
const building = (name: string, code: FailureCode, at: string, answer: Answer): Lie => ({
  ...update(name, code, at, answer),
  when: 'build',
});
const signed = (when: Lie['when'], name: string, code: FailureCode, variation: () => Promise<Variation>): Lie => ({
  name,
  when,
  code,
  variation,
});
const moved = (name: string, code: FailureCode, later: () => Promise<Variation>): Lie => ({
  name,
  when: 'build',
  code,
  later,
});

/** An index of these bytes with a valid signature. */
const index = async (member: Promise<Buffer>, key = KEY, algorithm: 'RSA' | 'RSA256' = 'RSA') =>
  signedBy(key, await member, algorithm);

export async function allLies(): Promise<readonly Lie[]> {
  const truth = await honestMirror();
  const rest = record({ P: 'app', V: '1-r0', C: `Q1${'A'.repeat(27)}=` });
  const other = await makeApk({ pkgname: 'lib', pkgver: '0-r9' }, 'older', KEY);
  const renamed = await makeApk({ pkgname: 'evil', pkgver: '1-r0' }, 'renamed', KEY);
  const byStranger = await makeApk({ pkgname: 'lib', pkgver: '1-r0' }, 'lib', STRANGER);
  const unsignedApk = await makeApk({ pkgname: 'lib', pkgver: '1-r0' }, 'lib');
  const otherIso = await makeIso([...KERNEL, { path: 'evil', type: 'file', source: { bytes: Buffer.from('x') } }]);
  const [, , , otherAsc] = await besideIso(otherIso);
  const bomb = gzipSync(Buffer.alloc(300 << 20));
  const strangers = signedBy({ ...STRANGER, name: KEY.name }, await makeIndex(rest));
  const mine = await makeIndex('');
  const altered = Buffer.concat([(await signedBy(KEY, mine)).subarray(0, -mine.byteLength), await makeIndex(rest)]);
  const listed = (text: string): Variation => ({ more: text });

  return [
    ...CONNECTIONS.flatMap(([name, code, answer]) => [
      update(`the index ${name}`, code, INDEX, answer),
      building(`a package ${name}`, code, LIB, answer),
    ]),
    update('the list of releases sends a login page', 'AIB_NO_RELEASE_LIST', 'releases.json', instead(HTML)),
    update('the list of releases is missing', 'AIB_NO_RELEASE_LIST', 'releases.json', status(404)),
    ...RELEASE_LISTS.map(([name, code, text]) =>
      update(`the list of releases ${name}`, code, 'releases.json', instead(text)),
    ),
    ...BRANCHES.map(([name, code, changes]) =>
      signed('update', `the list of releases ${name}`, code, async () => branch(changes)),
    ),

    update('the ISO is missing', 'AIB_MIRROR_NOT_FOUND', ISO, status(404)),
    update('the ISO is a login page', 'AIB_MIRROR_WEB_PAGE', ISO, instead(HTML, { 'content-type': 'text/html' })),
    update('nobody says how large the ISO is', 'AIB_MIRROR_UNREACHABLE', ISO, (_request, response) =>
      response.writeHead(200).end(),
    ),
    update('a checksum is missing', 'AIB_MIRROR_NOT_FOUND', `${ISO}.sha512`, status(404)),
    update(
      'a checksum is of another file',
      'AIB_MIRROR_CONTENT',
      `${ISO}.sha256`,
      instead(`${'a'.repeat(64)}  other.iso\n`),
    ),
    update('a checksum is too short', 'AIB_MIRROR_CONTENT', `${ISO}.sha512`, instead(`${'a'.repeat(64)}\n`)),
    update('a checksum has no end', 'AIB_MIRROR_TOO_LARGE', `${ISO}.sha256`, endless),
    update('the signature of the ISO is missing', 'AIB_MIRROR_NOT_FOUND', `${ISO}.asc`, status(404)),
    update('the signature of the ISO is empty', 'AIB_BAD_SIGNATURE', `${ISO}.asc`, instead('')),
    update(
      'the signature of the ISO is noise',
      'AIB_BAD_SIGNATURE',
      `${ISO}.asc`,
      instead('-----BEGIN PGP SIGNATURE-----\n\nAAAA\n'),
    ),
    update('the signature of the ISO has no end', 'AIB_MIRROR_TOO_LARGE', `${ISO}.asc`, endless),

    update('the index is not signed', 'AIB_UNSIGNED', INDEX, instead(await makeIndex(rest))),
    update(
      'the index is signed by a stranger',
      'AIB_UNTRUSTED_KEY',
      INDEX,
      instead(await index(makeIndex(rest), STRANGER)),
    ),
    update(
      'the index is signed by a stranger under a trusted name',
      'AIB_BAD_SIGNATURE',
      INDEX,
      instead(await strangers),
    ),
    update('the index was altered after it was signed', 'AIB_BAD_SIGNATURE', INDEX, instead(altered)),
    update('the index is damaged', 'AIB_BAD_ARCHIVE', INDEX, flipped('end')),
    update('the signature of the index was altered', 'AIB_BAD_ARCHIVE', INDEX, flipped('start')),
    update(
      'the index is cut, and its length is given as that',
      'AIB_BAD_ARCHIVE',
      INDEX,
      changed(bytes => bytes.subarray(0, bytes.byteLength - 30)),
    ),
    update('the index is empty', 'AIB_BAD_ARCHIVE', INDEX, instead('')),
    update('the index is in the format of apk 3', 'AIB_V3_FORMAT', INDEX, instead('ADBd\x01\x02\x03')),
    update('the index is a bomb', 'AIB_BAD_ARCHIVE', INDEX, instead(bomb)),
    update('the index is a bomb behind a signature', 'AIB_BAD_ARCHIVE', INDEX, instead(await signedBy(KEY, bomb))),
    update(
      'the index holds no index',
      'AIB_BAD_ARCHIVE',
      INDEX,
      instead(await signedBy(KEY, gzipSync(Buffer.alloc(1024)))),
    ),
    update('the index has no end', 'AIB_MIRROR_TOO_LARGE', INDEX, endless),
    update('the index is a package', 'AIB_BAD_SIGNATURE', INDEX, instead(truth.get(LIB) ?? '')),
    signed('update', 'the index is of another architecture', 'AIB_MIRROR_CONTENT', async () => ({
      libLine: { A: 'aarch64' },
    })),
    signed('update', 'the index is of another branch', 'AIB_MIRROR_CONTENT', async () => ({
      description: 'v3.19.4-2-gabc',
    })),
    signed('update', 'a package is named as a path', 'AIB_BAD_INDEX', async () => ({
      libLine: { P: '../../../etc/passwd' },
    })),
    signed('update', 'a version is a path', 'AIB_BAD_INDEX', async () => ({ libLine: { V: '1/../../x' } })),
    signed('update', 'a package has no checksum', 'AIB_BAD_INDEX', async () => ({ libLine: { C: undefined } })),
    signed('update', 'a package has a size that is no number', 'AIB_BAD_INDEX', async () => ({ libLine: { S: '-1' } })),
    signed('update', 'a line of the index is none', 'AIB_BAD_INDEX', async () => listed('P\n\n')),
    signed('update', 'a package is listed twice', 'AIB_BAD_INDEX', async () =>
      listed(record({ P: 'lib', V: '1-r0', C: `Q1${'B'.repeat(27)}=` })),
    ),

    moved('the index is newer than when it was locked', 'AIB_DIGEST_MISMATCH', async () =>
      listed(record({ P: 'new', V: '1', C: `Q1${'C'.repeat(27)}=` })),
    ),
    building(
      'the index is an older one, signed as well',
      'AIB_DIGEST_MISMATCH',
      INDEX,
      instead(await index(makeIndex(rest))),
    ),
    building('the index is longer than it says', 'AIB_DIGEST_MISMATCH', INDEX, endless),

    building('a package is another one', 'AIB_DIGEST_MISMATCH', LIB, instead(truth.get(`${MAIN}/app-1-r0.apk`) ?? '')),
    building('a package is an older one, signed as well', 'AIB_DIGEST_MISMATCH', LIB, instead(other.bytes)),
    building('a package has other contents', 'AIB_DIGEST_MISMATCH', LIB, flipped('end')),
    building('a package has another signature', 'AIB_BAD_ARCHIVE', LIB, flipped('start')),
    building(
      'a package is cut, and its length is given as that',
      'AIB_DIGEST_MISMATCH',
      LIB,
      changed(bytes => bytes.subarray(0, -20)),
    ),
    building(
      'a package has something behind it',
      'AIB_DIGEST_MISMATCH',
      LIB,
      changed(bytes => Buffer.concat([bytes, Buffer.from('x')])),
    ),
    building('a package has no end', 'AIB_DIGEST_MISMATCH', LIB, endless),
    building('a package is empty', 'AIB_DIGEST_MISMATCH', LIB, instead('')),
    moved('a package was replaced by a newer build', 'AIB_DIGEST_MISMATCH', async () => ({ lib: other })),
    signed('build', 'a package is signed by a stranger, and listed', 'AIB_UNTRUSTED_KEY', async () => ({
      lib: byStranger,
    })),
    signed('build', 'a package is not signed, and listed', 'AIB_UNSIGNED', async () => ({ lib: unsignedApk })),
    signed('build', 'a package calls itself otherwise', 'AIB_DIGEST_MISMATCH', async () => ({ lib: renamed })),
    signed('build', 'a package is in the format of apk 3', 'AIB_V3_FORMAT', async () => ({
      lib: { ...other, bytes: Buffer.from('ADBdpckg') },
    })),
    signed('build', 'what a package says of itself is a link', 'AIB_BAD_ARCHIVE', async () => ({
      lib: await apkWith([
        { path: '.PKGINFO', type: 'symlink', mode: 0o777, uid: 0, gid: 0, mtime: 0, linkTarget: '/etc/passwd' },
      ]),
    })),
    signed('build', 'what a package says of itself is a device', 'AIB_BAD_ARCHIVE', async () => ({
      lib: await apkWith([
        { path: '.PKGINFO', type: 'character', mode: 0o666, uid: 0, gid: 0, mtime: 0, device: { major: 1, minor: 5 } },
      ]),
    })),
    signed('build', 'a package says two things of itself', 'AIB_BAD_ARCHIVE', async () => ({
      lib: await apkWith([file('.PKGINFO', PKGINFO), file('.PKGINFO', PKGINFO.replace('lib', 'evil'))]),
    })),
    signed('build', 'a package has two data hashes', 'AIB_BAD_ARCHIVE', async () => ({
      lib: await apkWith([file('.PKGINFO', `${PKGINFO}datahash = ${'0'.repeat(64)}\n`)]),
    })),
    signed('build', 'a package says nothing of itself', 'AIB_BAD_ARCHIVE', async () => ({
      lib: await apkWith([file('../../.PKGINFO', PKGINFO)]),
    })),
    signed('build', 'the control part of a package is a bomb', 'AIB_BAD_ARCHIVE', async () => ({
      lib: await apkWith([file('.PKGINFO', PKGINFO), file('.post-install', ' '.repeat(40 << 20))]),
    })),

    building('the ISO is another one of the same size', 'AIB_DIGEST_MISMATCH', ISO, flipped('middle')),
    building('the ISO is longer', 'AIB_DIGEST_MISMATCH', ISO, endless),
    building('the ISO ends in the middle', 'AIB_MIRROR_UNREACHABLE', ISO, cutShort),
    building('the ISO is gone', 'AIB_MIRROR_NOT_FOUND', ISO, status(404)),
    {
      name: 'the ISO and its checksums are others, under the old signature',
      when: 'build',
      code: 'AIB_BAD_SIGNATURE',
      at: `${ISO}.asc`,
      answer: instead(otherAsc?.[1] ?? ''),
    },
    signed('build', 'the ISO has no kernel', 'AIB_MIRROR_CONTENT', async () => ({
      iso: await makeIso(KERNEL.slice(1)),
    })),
    signed('build', 'the ISO is none', 'AIB_BAD_ISO', async () => ({ iso: Buffer.alloc(1 << 20, 'x') })),
    signed('build', 'the ISO is cut, and signed as that', 'AIB_BAD_ISO', async () => ({
      iso: (await makeIso(KERNEL)).subarray(0, 40_000),
    })),
  ];
}
