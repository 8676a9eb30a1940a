/**
 * The keys of foreign repositories for a lock. An update fetches each key; it must equal the key in the lock, unless it is the first one. A
 * changed key is refused: otherwise an attacker who can replace the key file could sign any package.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../util/result.ts';
import { isUrl } from '../mirror/mirror-address.ts';
import { openMirror } from '../mirror/open-mirror.ts';
import type { TrustRoot } from '../package/keys.ts';
import { checkRepositoryKey, keyName, type RepositoryKey } from '../package/repository-key.ts';
import type { Lock } from './lock.ts';

/** The keys of a configuration. */
export interface WantedKeys {
  /** All sources, as in repo_keys. */
  readonly sources: readonly string[];
  /** The trusted sources of each foreign repository, by its path in the lock. */
  readonly trusted: ReadonlyMap<string, readonly string[]>;
}

export interface KeysRequest {
  readonly root: TrustRoot;
  readonly known: Pick<Lock, 'repositoryKeys'> | undefined;
  /** Folders with key files; later folders have precedence. */
  readonly folders: readonly string[];
  readonly signal: AbortSignal;
  readonly onNotice: (line: string) => void;
}

/** By source, as in repo_keys. */
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
      `the key ${kept.value.name} is not available from ${source} (${found.error.got ?? found.error.what}): keeping the key in the lock`,
    );
    return kept;
  }
  if (found.value.fingerprint === kept.value.fingerprint) return kept;
  return fail({
    code: 'AIB_REPOSITORY_KEY',
    what: `The key ${kept.value.name} has changed`,
    where: source,
    got: `SHA-256 ${found.value.fingerprint}, the lock has ${kept.value.fingerprint}`,
    hint: `ask the owner of the repository; if the new key is authentic, remove ${source} from repositoryKeys in the lock and run aib update`,
  });
}

function firstSeen(source: string, { name, fingerprint }: RepositoryKey): string {
  const unsafe = source.startsWith('http:')
    ? ' It was fetched without encryption: compare it with the key that its owner publishes.'
    : '';
  return `the key ${name} was fetched from ${source}, SHA-256 ${fingerprint}; the lock keeps it.${unsafe}`;
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
  let fault = 'file not found';
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
    what: 'A key of repo_keys is not available',
    where,
    got,
    hint: 'check its address; or add the key to the project, and name the file in repo_keys',
  } as const;
}
