/**
 * The trusted keys of a mirror, as a source: they come with aib or from the lock. They are inputs of every action that checks a signature
 * by Alpine, so other keys result in another action. Keys of foreign repositories are never among them (see repository-key.ts).
 */

import { readFileSync } from 'node:fs';
import { isForeign } from '../../alpine/mirror/foreign-address.ts';
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

/** `releaseKey` is from the lock; a trust root may have its own. */
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

/** The trust root in keys of actions, by the path of a repository. That of a foreign repository does not depend on the mirror. */
export function rootOf(path: string, { name }: TrustRoot): string {
  return isForeign(path) ? 'repo_keys' : name;
}

/** The keys of an action, which has them as the input folder `keys`, or as single inputs below it. */
export function trustedKeys(
  context: Pick<ProgramContext, 'inputs' | 'listInput' | 'inputFile'>,
): ReadonlyMap<string, string> {
  const names = context.inputs.has('keys') ? context.listInput('keys') : inputsBelow('keys', context);
  return new Map(names.map(name => [name, readFileSync(context.inputFile(`keys/${name}`), 'utf8')]));
}

/** Names of single inputs below a folder that is not an input itself. */
export function inputsBelow(folder: string, { inputs }: Pick<ProgramContext, 'inputs'>): readonly string[] {
  const paths = [...inputs.keys()].filter(path => path.startsWith(`${folder}/`));
  return paths.map(path => path.slice(folder.length + 1));
}
