/**
 * Selects the package indexes for a lock: those that the configuration uses and the mirror has. Never locks an index with an unchecked
 * signature.
 */
import { type Digest, digestOf } from '../../store/content/digest.ts';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { isForeign } from '../mirror/foreign-address.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { indexPath } from '../mirror/mirror-layout.ts';
import { howOlder, type IndexAge, indexAge } from '../package/index-age.ts';
import { misplaced } from '../package/index-place.ts';
import type { TrustRoot } from '../package/keys.ts';
import { type KeyRing, keysOfRepository } from '../package/keys-of-repository.ts';
import { type SignedIndex, verifySignature } from '../package/verify.ts';
import type { Lock } from './lock.ts';

/** The indexes for builds of one version and architecture. A mirror that has none of them does not serve this combination. */
export interface WantedIndexes {
  readonly version: string;
  readonly arch: string;
  /** `v3.20/main/x86_64` */
  readonly paths: readonly string[];
}

export interface IndexRequest {
  readonly mirror: Mirror;
  readonly root: TrustRoot;
  readonly foreignKeys?: KeyRing['foreignKeys'];
  /** The previously locked indexes; an older index is refused. */
  readonly lockedBefore?: Lock['indexes'] | undefined;
  readonly signal: AbortSignal;
}

export interface LockIndexesOptions extends IndexRequest {
  /** The version that every build requires, for at least one architecture. */
  readonly builder: string;
  /** Called for each locked index, with its bytes. */
  readonly onIndex?: ((path: string, content: Uint8Array) => void) | undefined;
}

export interface ServedIndex extends SignedIndex {
  /** Of the file. */
  readonly digest: Digest;
  readonly age: IndexAge;
  readonly content: Uint8Array;
}

/** Alpine's largest index has 2 MB. */
const MAX_INDEX = 64 << 20;

/** The index that the mirror serves now at `path`, such as `v3.20/main/x86_64`: signed, and for that place. */
export function servedIndex(request: IndexRequest, path: string): Promise<Result<ServedIndex>> {
  const { mirror, root, signal } = request;
  const keys = keysOfRepository(path, { ...request, keys: root.keys });
  return mirror.fetch(indexPath(path), {
    signal,
    maxBytes: MAX_INDEX,
    accept: async (content, where) => {
      const signed = await verifySignature(content, keys, where);
      if (!signed.ok) return signed;
      const age = indexAge(signed.value);
      const fault = misplaced(signed.value, path, where) ?? downgrade(age, request.lockedBefore, path, where);
      return fault === undefined ? ok({ ...signed.value, age, digest: digestOf(content), content }) : fail(fault);
    },
  });
}

/** As a failure of one mirror, so that another mirror with a newer index is used. */
function downgrade(age: IndexAge, known: Lock['indexes'] = {}, path: string, where: string): Failure | undefined {
  const before = Object.hasOwn(known, path) ? known[path] : undefined;
  const got = before && howOlder(age, before);
  if (got === undefined) return undefined;
  return {
    code: 'AIB_DOWNGRADE',
    what: 'The package index is older than the one in the lock',
    where,
    got,
    hint: `${isForeign(path) ? 'ask the owner of the repository' : 'the mirror may be behind: try again later, or use another mirror with --mirror'}; to accept the older index, remove ${path} from indexes in the lock`,
  };
}

/**
 * All indexes of a set, or none if the mirror has none of them; if it has only some, the mirror or the configuration is wrong. A foreign
 * repository must have its index wherever Alpine has one.
 */
export async function lockIndexes(
  wanted: readonly WantedIndexes[],
  options: LockIndexesOptions,
): Promise<Result<Lock['indexes']>> {
  const { builder, onIndex } = options;
  const indexes: Record<string, Lock['indexes'][string]> = {};
  let builderLacks: Failure | undefined;
  for (const { version, paths } of wanted) {
    const missing: Failure[] = [];
    const alpine = paths.filter(path => !isForeign(path));
    for (const path of [...alpine, ...paths.filter(isForeign)]) {
      if (indexes[path] !== undefined) continue;
      if (isForeign(path) && missing.length > 0) break;
      const index = await servedIndex(options, path);
      if (index.ok) {
        indexes[path] = { ...index.value.digest, ...index.value.age };
        onIndex?.(path, index.value.content);
      } else if (index.error.code === 'AIB_MIRROR_NOT_FOUND' && !isForeign(path)) missing.push(index.error);
      else return index;
    }
    const [first] = missing;
    if (first === undefined) continue;
    if (missing.length < alpine.length) return fail(first);
    if (version === builder) builderLacks ??= first;
  }
  if (builderLacks !== undefined && !isServed(builder, wanted, indexes)) return fail(builderLacks);
  return ok(indexes);
}

/** Without the versions that are in the list of releases but have no index on the mirror. */
export function withIndexes(
  releases: Lock['releases'],
  wanted: readonly WantedIndexes[],
  indexes: Lock['indexes'],
): Lock['releases'] {
  return Object.fromEntries(Object.entries(releases).filter(([version]) => isServed(version, wanted, indexes)));
}

/** For at least one architecture; a version without required indexes counts as served. */
function isServed(version: string, wanted: readonly WantedIndexes[], indexes: Lock['indexes']): boolean {
  const own = wanted.filter(set => set.version === version);
  return own.length === 0 || own.some(({ paths }) => paths.every(path => indexes[path] !== undefined));
}
