/** The `iso` kind: kernel and initramfs of the ISO that installs the trees of a version. Checksums and signature are checked first. */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { LockedIso } from '../../alpine/locking/lock.ts';
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import type { TrustRoot } from '../../alpine/package/keys.ts';
import { checkReleaseKey, verifyRelease } from '../../alpine/package/release-key.ts';
import { programSpec } from '../../engine/model/action.ts';
import type { ActionNode, Label } from '../../engine/model/graph.ts';
import { type FetchContext, type FetchProgram, parameterOf } from '../../engine/run/program.ts';
import { unpackKernel } from '../../formats/efi-zboot.ts';
import { openIso } from '../../formats/iso9660-reader.ts';
import type { Sha256 } from '../../store/content/digest.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { SharedKind } from '../kind.ts';
import { type ParameterTable, valuesOf } from '../parameters.ts';
import { RELEASE_KEY } from './trust.ts';

const FORMAT = 3;
/** Paths in the alpine-virt ISO. */
const FILES = { kernel: 'boot/vmlinuz-virt', initramfs: 'boot/initramfs-virt' } as const;

const PARAMETERS = {
  ISO: { words: "the builder's ISO", locked: true, value: ({ path }) => path },
  SHA256: { words: 'its SHA-256 in the lock', locked: true, value: ({ sha256 }) => sha256 },
  SHA512: { words: 'its SHA-512 in the lock', locked: true, value: ({ sha512 }) => sha512 },
  SIGNATURE: { words: 'its signature', locked: true, value: ({ signature }) => signature },
  SIGNER: { words: 'the key that signed it', locked: true, value: ({ signer }) => signer },
  SIZE: { words: 'its size in the lock', value: ({ size }) => String(size) },
} satisfies ParameterTable<LockedIso & { readonly signature: string; readonly signer: string }>;

export const ISO_KIND = {
  shared: true,
  labelWords: ['version', 'arch'],
  locked: true,
  parameters: PARAMETERS,
} satisfies SharedKind;

export function isoNode(options: {
  readonly label: Label;
  readonly locked: LockedIso;
  /** The key in the lock. */
  readonly releaseKey: string | undefined;
  readonly root: TrustRoot;
}): ActionNode {
  const { label, locked } = options;
  const { fingerprint, armored = options.releaseKey } = options.root.releaseSigner;
  return {
    type: 'action',
    label,
    kind: 'iso',
    inputs: { 'release-key': RELEASE_KEY },
    outputs: ['kernel', 'initramfs'],
    prepare: artifacts => {
      const { signature } = locked;
      if (signature === undefined || armored === undefined) return fail(unsigned(label, locked));
      return ok({
        sort: 'fetch',
        spec: programSpec({
          kind: 'iso',
          format: FORMAT,
          parameters: valuesOf(PARAMETERS, { ...locked, signature, signer: fingerprint }),
          inputs: new Map(Object.entries(artifacts)),
          outputs: { kernel: { type: 'file', path: 'kernel' }, initramfs: { type: 'file', path: 'initramfs' } },
        }),
        resources: { network: 1 },
      });
    },
  };
}

/** The ISO of an action, and its required signer. */
export interface WantedIso extends Required<LockedIso> {
  readonly sha256: Sha256;
  /** The fingerprint of a key. */
  readonly signer: string;
}

/** From the parameters of the action. */
export function wantedIso(context: Pick<FetchContext, 'parameters'>): WantedIso {
  const parameter = (name: keyof typeof PARAMETERS): string => parameterOf(context, name);
  return {
    path: parameter('ISO'),
    size: Number(parameter('SIZE')),
    sha256: parameter('SHA256') as Sha256,
    sha512: parameter('SHA512'),
    signature: parameter('SIGNATURE'),
    signer: parameter('SIGNER'),
  };
}

export function fetchIso(mirror: Mirror): FetchProgram {
  return async context => {
    const wanted = wantedIso(context);
    const { path, size, sha256 } = wanted;
    const file = join(context.downloads, 'alpine.iso');
    const fetched = await mirror.fetchTo(path, file, { signal: context.signal, expect: { size, sha256 } });
    if (!fetched.ok) return fetched;
    const armored = readFileSync(context.inputFile('release-key'), 'utf8');
    const trusted = await checkIso(file, wanted, armored, mirror.locate(path));
    if (!trusted.ok) return trusted;
    const iso = await openIso(file);
    if (!iso.ok) return iso;
    for (const [name, part] of Object.entries(FILES)) {
      if (await iso.value.extract(part, join(context.folder, name))) continue;
      return fail({
        code: 'AIB_MIRROR_CONTENT',
        what: `The ISO does not contain ${part}`,
        where: mirror.locate(path),
        hint: 'use a mirror that serves the alpine-virt ISO',
      });
    }
    const kernel = join(context.folder, 'kernel');
    const unpacked = unpackKernel(readFileSync(kernel));
    if (!unpacked.ok) {
      const got = `the kernel has ${unpacked.error}`;
      return fail({
        code: 'AIB_MIRROR_CONTENT',
        what: 'The kernel of the ISO cannot be unpacked',
        where: mirror.locate(path),
        got,
      });
    }
    writeFileSync(kernel, unpacked.value);
    return ok(undefined);
  };
}

/**
 * Checks SHA-512 and signature of a file; the transfer checked the SHA-256. `armored` is the key as text, `where` the origin of the file.
 */
export async function checkIso(
  file: string,
  { path, sha512: expected, signature, signer }: WantedIso,
  armored: string,
  where: string,
): Promise<Result<void>> {
  const actual = await sha512(file);
  if (actual !== expected) {
    return fail({
      code: 'AIB_DIGEST_MISMATCH',
      what: `The ISO ${path} differs from the one in the lock`,
      where,
      got: `SHA-512 ${actual}, expected ${expected}`,
      hint: 'the mirror is damaged or malicious: run aib update, or use another mirror with --mirror',
    });
  }
  const key = await checkReleaseKey(armored, signer, 'the lock');
  return key.ok ? verifyRelease(file, signature, key.value, where) : key;
}

function unsigned(label: Label, { path }: LockedIso) {
  return {
    code: 'AIB_NOT_LOCKED',
    what: 'The lock has no signature of the ISO: it was written by an older aib that did not check signatures',
    where: label,
    got: path,
    hint: 'run aib update',
  } as const;
}

async function sha512(path: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
