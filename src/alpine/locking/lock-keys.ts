/**
 * The keys of foreign repositories for a lock: each is fetched at an update, and is the one of the lock or the first from there. Another key in its
 * place is refused: who may change what it lies on could otherwise sign whatever he likes.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../util/result.ts';
import { isUrl } from '../mirror/mirror-address.ts';
import { openMirror } from '../mirror/open-mirror.ts';
import type { TrustRoot } from '../package/keys.ts';
import { checkRepositoryKey, keyName, type RepositoryKey } from '../package/repository-key.ts';
import type { Lock } from './lock.ts';

/** Of a configuration. */
export interface WantedKeys {
  /** All that it names, as in repo_keys. */
  readonly sources: readonly string[];
  /** Of each foreign repository, by its path in the lock, those that count. */
  readonly trusted: ReadonlyMap<string, readonly string[]>;
}

export interface KeysRequest {
  readonly root: TrustRoot;
  readonly known: Pick<Lock, 'repositoryKeys'> | undefined;
  /** Where files of keys are looked for, the later the more important. */
  readonly folders: readonly string[];
  readonly signal: AbortSignal;
  readonly onNotice: (line: string) => void;
}

/** By where they come from, as in repo_keys. */
export async function lockRepositoryKeys(
  sources: Iterable<string>,
  request: KeysRequest,
): Promise<Result<ReadonlyMap<string, RepositoryKey>>> {
  const keys = new Map<string, RepositoryKey>();
  for (const source of new Set(sources)) {
    const key = await lockKey(source, request);
    if (!key.ok) return key;
    keys.set(source, key.value);
  }
  return ok(keys);
}

async function lockKey(source: string, request: KeysRequest): Promise<Result<RepositoryKey>> {
  const { root, known, onNotice } = request;
  const name = keyName(source);
  if (!name.ok) return name;
  const text = await keyText(source, request);
  const found = text.ok ? checkRepositoryKey(source, text.value, root) : text;
  const pem = knownKey(known, source);
  if (pem === undefined) {
    if (found.ok) onNotice(firstSeen(source, found.value));
    return found;
  }
  const kept = checkRepositoryKey(source, pem, root);
  if (!kept.ok || (!found.ok && found.error.code === 'AIB_CANCELLED')) return kept.ok ? found : kept;
  if (!found.ok) {
    onNotice(
      `the key ${kept.value.name} cannot be had from ${source} (${found.error.got ?? found.error.what}): the lock's is kept`,
    );
    return kept;
  }
  if (found.value.fingerprint === kept.value.fingerprint) return kept;
  return fail({
    code: 'AIB_REPOSITORY_KEY',
    what: `The key ${kept.value.name} is another one than before`,
    where: source,
    got: `SHA-256 ${found.value.fingerprint}, the lock has ${kept.value.fingerprint}`,
    hint: `ask who keeps the repository; if the new key is theirs, take ${source} out of repositoryKeys in the lock and run aib update`,
  });
}

function firstSeen(source: string, { name, fingerprint }: RepositoryKey): string {
  const unsafe = source.startsWith('http:') ? ' It came unencrypted: compare it with what its owner says.' : '';
  return `the key ${name} comes from ${source}, SHA-256 ${fingerprint}; the lock keeps it.${unsafe}`;
}

function knownKey(known: KeysRequest['known'], source: string): string | undefined {
  const keys = known?.repositoryKeys ?? {};
  return Object.hasOwn(keys, source) ? keys[source] : undefined;
}

/** A key has less than 1 KB. */
const MAX_KEY = 64 << 10;

async function keyText(source: string, { folders, signal }: KeysRequest): Promise<Result<string>> {
  if (isUrl(source)) {
    const [, site = '', file = ''] = /^(.*)\/([^/]*)$/.exec(source) ?? [];
    const mirror = openMirror(site);
    if (!mirror.ok) return mirror;
    const bytes = await mirror.value.fetch(decodeURIComponent(file), { signal, maxBytes: MAX_KEY });
    if (bytes.ok) return ok(Buffer.from(bytes.value).toString('utf8'));
    return bytes.error.code === 'AIB_CANCELLED' ? bytes : fail(missing(source, bytes.error.got ?? bytes.error.what));
  }
  let fault = 'there is no such file';
  for (const folder of folders.toReversed()) {
    try {
      return ok(await readFile(join(folder, source), 'utf8'));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') fault = message;
    }
  }
  return fail(missing(source, `${fault} in ${folders.toReversed().join(', ')}`));
}

function missing(where: string, got: string) {
  return {
    code: 'AIB_REPOSITORY_KEY',
    what: 'A key of repo_keys cannot be had',
    where,
    got,
    hint: 'check its address; or put the key into the project, and name the file in repo_keys',
  } as const;
}
