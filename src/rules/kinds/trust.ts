/**
 * The keys that a mirror's files are signed with, as a source: they come with aib or with the lock, and are inputs of every action that checks a
 * signature, so other keys are another action.
 */

import { readFileSync } from 'node:fs';
import type { TrustRoot } from '../../alpine/package/keys.ts';
import { type Edge, type LeafNode, leafNode } from '../../engine/model/graph.ts';
import type { ProgramContext } from '../../engine/run/program.ts';
import type { Artifact } from '../../store/content/artifact.ts';
import type { Entry } from '../../store/content/directory.ts';
import { ok } from '../../util/result.ts';
import { sourceLabel } from '../labels.ts';

const LABEL = sourceLabel('aib/trust');

/** Public keys by file name, as in /etc/apk/keys. */
export const TRUSTED_KEYS: Edge = { label: LABEL, output: 'keys' };
/** The OpenPGP key that signs ISOs. */
export const RELEASE_KEY: Edge = { label: LABEL, output: 'release-key' };

/** `releaseKey` is the lock's; a trust root may bring its own. */
export function trustNode(root: TrustRoot, releaseKey: string | undefined): LeafNode {
  return leafNode({
    label: LABEL,
    kind: 'source',
    reads: [],
    read: async intake => {
      const tree = new Map<string, Entry>();
      for (const [name, pem] of root.keys)
        tree.set(name, { type: 'file', digest: intake.bytes(pem), executable: false });
      const keys: Artifact = { type: 'directory', digest: intake.tree(tree) };
      const release: Artifact = { type: 'file', digest: intake.bytes(root.releaseSigner.armored ?? releaseKey ?? '') };
      return ok({ keys, 'release-key': release });
    },
  });
}

/** The keys of an action that has them as its input `keys`. */
export function trustedKeys(context: Pick<ProgramContext, 'listInput' | 'inputFile'>): ReadonlyMap<string, string> {
  return new Map(
    context.listInput('keys').map(name => [name, readFileSync(context.inputFile(`keys/${name}`), 'utf8')]),
  );
}
