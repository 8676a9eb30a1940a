/** The `iso` kind: kernel and initramfs of the ISO that installs the trees of a version. Its checksums and its signature are checked first. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { LockedIso } from '../../alpine/locking/lock.ts';
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import type { TrustRoot } from '../../alpine/package/keys.ts';
import { checkReleaseKey, verifyRelease } from '../../alpine/package/release-key.ts';
import { inProcessSpec } from '../../engine/model/action.ts';
import type { ActionNode, Label } from '../../engine/model/graph.ts';
import { openIso } from '../../formats/iso9660-reader.ts';
import type { Sha256 } from '../../store/content/digest.ts';
import { fail, ok } from '../../util/result.ts';
import type { SharedKind } from '../kind.ts';
import { type ParameterTable, valuesOf } from '../parameters.ts';

const FORMAT = 2;
/** Where alpine-virt keeps what we boot. */
const FILES = { kernel: 'boot/vmlinuz-virt', initramfs: 'boot/initramfs-virt' } as const;

const PARAMETERS = {
  ISO: { words: "the builder's ISO", locked: true, value: ({ path }) => path },
  SHA256: { words: 'its SHA-256 in the lock', locked: true, value: ({ sha256 }) => sha256 },
  SHA512: { words: 'its SHA-512 in the lock', locked: true, value: ({ sha512 }) => sha512 },
  SIGNER: { words: 'the key that signed it', locked: true, value: ({ signer }) => signer },
} satisfies ParameterTable<LockedIso & { readonly signer: string }>;

export const ISO_KIND = {
  shared: true,
  labelWords: ['version', 'arch'],
  locked: true,
  parameters: PARAMETERS,
} satisfies SharedKind;

export function isoNode(options: {
  readonly label: Label;
  readonly locked: LockedIso;
  /** As the lock has it. */
  readonly releaseKey: string | undefined;
  readonly mirror: Mirror;
  readonly root: TrustRoot;
}): ActionNode {
  const { label, locked, mirror } = options;
  const { fingerprint, armored = options.releaseKey } = options.root.releaseSigner;
  return {
    type: 'action',
    label,
    kind: 'iso',
    inputs: {},
    outputs: ['kernel', 'initramfs'],
    prepare: () => {
      const { signature } = locked;
      if (signature === undefined || armored === undefined) return fail(unsigned(label, locked));
      return ok({
        type: 'in-process',
        spec: inProcessSpec({
          kind: 'iso',
          format: FORMAT,
          parameters: valuesOf(PARAMETERS, { ...locked, signer: fingerprint }),
          inputs: new Map(),
          outputs: { kernel: { type: 'file', path: 'kernel' }, initramfs: { type: 'file', path: 'initramfs' } },
        }),
        resources: { network: 1 },
        run: async context => {
          const file = join(context.folder, 'alpine.iso');
          const expect = { size: locked.size, sha256: locked.sha256 as Sha256 };
          const fetched = await mirror.fetchTo(locked.path, file, { signal: context.signal, expect });
          if (!fetched.ok) return fetched;
          const actual = await sha512(file);
          if (actual !== locked.sha512) {
            return fail({
              code: 'AIB_DIGEST_MISMATCH',
              what: `The ISO ${locked.path} is not the one in the lock`,
              where: mirror.locate(locked.path),
              got: `SHA-512 ${actual}, expected ${locked.sha512}`,
              hint: 'the mirror is damaged or does not tell the truth: run aib update, or use another with --mirror',
            });
          }
          const key = await checkReleaseKey(armored, fingerprint, 'the lock');
          if (!key.ok) return key;
          const signed = await verifyRelease(file, signature, key.value, mirror.locate(locked.path));
          if (!signed.ok) return signed;
          const iso = await openIso(file);
          if (!iso.ok) return iso;
          for (const [name, path] of Object.entries(FILES)) {
            if (await iso.value.extract(path, join(context.folder, name))) continue;
            return fail({
              code: 'AIB_MIRROR_CONTENT',
              what: `The ISO holds no ${path}`,
              where: mirror.locate(locked.path),
              hint: 'an alpine-virt ISO is wanted',
            });
          }
          return ok(undefined);
        },
      });
    },
  };
}

function unsigned(label: Label, { path }: LockedIso) {
  return {
    code: 'AIB_NOT_LOCKED',
    what: 'The lock has no signature of the ISO: it was written by an aib that did not check any',
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
