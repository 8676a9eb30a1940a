/**
 * A key of foreign repositories, as a source: always the key in the lock, never fetched again. A key that could replace one of Alpine's
 * keys is refused, even if it is in the lock.
 */
import type { Lock } from '../../alpine/locking/lock.ts';
import { isForeign } from '../../alpine/mirror/foreign-address.ts';
import type { TrustRoot } from '../../alpine/package/keys.ts';
import { checkRepositoryKey, keyName } from '../../alpine/package/repository-key.ts';
import { type Edge, type LeafNode, leafNode } from '../../engine/model/graph.ts';
import { fail, ok } from '../../util/result.ts';
import { repositoryKeyLabel } from '../labels.ts';
import { TRUSTED_KEYS } from './trust.ts';

/** `source` is as in repo_keys. */
export function repositoryKeyNode(source: string, { repositoryKeys = {} }: Lock, root: TrustRoot): LeafNode {
  const label = repositoryKeyLabel(source);
  const pem = Object.hasOwn(repositoryKeys, source) ? repositoryKeys[source] : undefined;
  return leafNode({
    label,
    kind: 'source',
    reads: [],
    read: async intake => {
      if (pem === undefined)
        return fail({
          code: 'AIB_NOT_LOCKED',
          what: `The lock does not have the key ${source}`,
          where: label,
          hint: 'run aib update',
        });
      const key = checkRepositoryKey(source, pem, root);
      return key.ok ? ok({ key: { type: 'file', digest: intake.bytes(key.value.pem) } }) : key;
    },
  });
}

/** Keys as inputs of an action, each as `FOLDER/NAME`; their names were checked before. */
export function keysIn(folder: string, sources: readonly string[]): Readonly<Record<string, Edge>> {
  const inputs: Record<string, Edge> = {};
  for (const source of sources) {
    const name = keyName(source);
    if (name.ok) inputs[`${folder}/${name.value}`] = { label: repositoryKeyLabel(source), output: 'key' };
  }
  return inputs;
}

/** The keys for an action that checks a signature of the repository: Alpine's keys, or those of `trusted`, never both. */
export function keyInputs(
  path: string,
  trusted: ReadonlyMap<string, readonly string[]>,
): Readonly<Record<string, Edge>> {
  return isForeign(path) ? keysIn('keys', trusted.get(path) ?? []) : { keys: TRUSTED_KEYS };
}
