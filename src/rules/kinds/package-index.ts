/** The `index` kind: the locked package index of one repository. Its signature is checked before its content is used. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import { indexPath } from '../../alpine/mirror/mirror-layout.ts';
import type { TrustRoot } from '../../alpine/package/keys.ts';
import { verifySignature } from '../../alpine/package/verify.ts';
import { programSpec } from '../../engine/model/action.ts';
import type { ActionNode, Edge, Label } from '../../engine/model/graph.ts';
import { type FetchProgram, parameterOf } from '../../engine/run/program.ts';
import type { Digest, Sha256 } from '../../store/content/digest.ts';
import { fail, ok } from '../../util/result.ts';
import type { SharedKind } from '../kind.ts';
import { type ParameterTable, valuesOf } from '../parameters.ts';
import { rootOf, trustedKeys } from './trust.ts';

const FORMAT = 2;

export interface IndexOptions {
  readonly label: Label;
  /** As in the lock: `v3.20/main/x86_64`. */
  readonly path: string;
  readonly locked: Digest;
  readonly root: TrustRoot;
  /** The trusted keys (see keyInputs). */
  readonly keys: Readonly<Record<string, Edge>>;
}

const PARAMETERS = {
  INDEX: { words: 'the path of the package index', value: ({ path }) => path },
  SHA256: { words: 'its SHA-256 in the lock', locked: true, value: ({ locked }) => locked.hash },
  SIZE: { words: 'its size in the lock', value: ({ locked }) => String(locked.size) },
  TRUST_ROOT: { words: 'the trusted keys', value: ({ path, root }) => rootOf(path, root) },
} satisfies ParameterTable<IndexOptions>;

export const INDEX_KIND = {
  shared: true,
  labelWords: ['version', 'arch', 'repository'],
  foreignWords: ['host', '...', 'repository', 'arch'],
  locked: true,
  parameters: PARAMETERS,
} satisfies SharedKind;

export function indexNode(options: IndexOptions): ActionNode {
  return {
    type: 'action',
    label: options.label,
    kind: 'index',
    inputs: options.keys,
    outputs: ['index'],
    prepare: artifacts =>
      ok({
        sort: 'fetch',
        spec: programSpec({
          kind: 'index',
          format: FORMAT,
          parameters: valuesOf(PARAMETERS, options),
          inputs: new Map(Object.entries(artifacts)),
          outputs: { index: { type: 'file', path: 'APKINDEX.tar.gz' } },
        }),
        resources: { network: 1 },
      }),
  };
}

export function fetchIndex(mirror: Mirror): FetchProgram {
  return async context => {
    const file = indexPath(parameterOf(context, 'INDEX'));
    const expect = { size: Number(parameterOf(context, 'SIZE')), sha256: parameterOf(context, 'SHA256') as Sha256 };
    const bytes = await mirror.fetch(file, { signal: context.signal, expect });
    if (!bytes.ok) {
      if (bytes.error.code !== 'AIB_DIGEST_MISMATCH') return bytes;
      return fail({
        ...bytes.error,
        hint: 'the mirror has changed since the lock was written, or is damaged: run aib update',
      });
    }
    const verified = await verifySignature(bytes.value, trustedKeys(context), file);
    if (!verified.ok) return verified;
    await writeFile(join(context.folder, 'APKINDEX.tar.gz'), bytes.value);
    return ok(undefined);
  };
}
