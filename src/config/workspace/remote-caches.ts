/**
 * The remote caches that this machine uses: their addresses and what is allowed there. Never contains a password or token, only where it is.
 *
 *     remote_cache = https://cache.example.org/aib
 *     remote_cache = [ /mnt/aib, { url = "https://cache.example.org/aib", write = false, token_file = /etc/aib/token } ]
 *
 * The same forms are accepted from --remote-cache and AIB_REMOTE_CACHE.
 */
import { resolve } from 'node:path';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { nearest } from '../../util/suggest.ts';
import { readLocalList } from './local-config.ts';
import { parseSettings } from './local-settings.ts';
import type { Workspace } from './workspace.ts';

export interface RemoteCacheSetting {
  /** A URL without a slash at its end, or an absolute folder. */
  readonly address: string;
  readonly type: 'http' | 'folder';
  /** Whether results of this machine are sent there. */
  readonly write: boolean;
  /** Seconds after which a connection without any data is closed. */
  readonly timeout: number;
  readonly credentials: Credentials | undefined;
}

/** `token`: sent as Bearer; `login`: `name:password`. In a file, or in a variable of the environment. */
interface Credentials {
  readonly scheme: 'token' | 'login';
  readonly from: 'file' | 'env';
  /** The absolute path of the file, or the name of the variable. */
  readonly place: string;
}

export const REMOTE_CACHE_VARIABLE = 'AIB_REMOTE_CACHE';
const DEFAULT_TIMEOUT = 20;

const KEYS = ['url', 'write', 'timeout', 'token_file', 'token_env', 'login_file', 'login_env'] as const;
type Key = (typeof KEYS)[number];

/** Those of --remote-cache, else of the environment, else of aib.local.conf, in order. */
export function remoteCaches(
  workspace: Pick<Workspace, 'localConfig' | 'folder'>,
  typed: readonly string[] | undefined,
  environment: NodeJS.ProcessEnv,
): Result<readonly RemoteCacheSetting[]> {
  if (typed !== undefined)
    return parseAll(typed, { where: '--remote-cache', code: 'AIB_USAGE', folder: process.cwd() });
  const variable = environment[REMOTE_CACHE_VARIABLE] ?? '';
  if (variable.trim() !== '') {
    const values = parseSettings(`remote_cache = ${variable}`, REMOTE_CACHE_VARIABLE);
    if (!values.ok) return values;
    const { values: found = [] } = values.value[0] ?? {};
    return parseAll(found, { where: REMOTE_CACHE_VARIABLE, code: 'AIB_USAGE', folder: process.cwd() });
  }
  const local = readLocalList(workspace.localConfig, 'remote_cache');
  if (!local.ok) return local;
  const where = `${workspace.localConfig}, remote_cache`;
  return parseAll(local.value, { where, code: 'AIB_CONFIG_VALUE', folder: workspace.folder });
}

interface Place {
  readonly where: string;
  readonly code: Failure['code'];
  /** The folder to which names of files are relative. */
  readonly folder: string;
}

function parseAll(texts: readonly string[], place: Place): Result<readonly RemoteCacheSetting[]> {
  const caches: RemoteCacheSetting[] = [];
  for (const text of texts) {
    const cache = parseCache(text, place);
    if (!cache.ok) return cache;
    caches.push(cache.value);
  }
  return ok(caches);
}

function parseCache(text: string, place: Place): Result<RemoteCacheSetting> {
  const parts = text.startsWith('{') ? parseTable(text, place) : ok(new Map<Key, string>([['url', text]]));
  if (!parts.ok) return parts;
  const { value: table } = parts;
  const address = addressOf(table.get('url') ?? '', place);
  if (!address.ok) return address;
  const write = table.get('write') ?? 'true';
  if (write !== 'true' && write !== 'false')
    return fail(
      invalid(place, '`write` must be true or false', write, 'write = false uses the cache and sends nothing'),
    );
  const timeout = Number(table.get('timeout') ?? DEFAULT_TIMEOUT);
  if (!(timeout >= 1 && timeout <= 3_600))
    return fail(
      invalid(
        place,
        '`timeout` must be a number of seconds from 1 to 3600',
        table.get('timeout') ?? '',
        'timeout = 20',
      ),
    );
  const credentials = credentialsOf(table, place);
  if (!credentials.ok) return credentials;
  return ok({ ...address.value, write: write === 'true', timeout, credentials: credentials.value });
}

const ENTRY = /\s*([a-z_]+)\s*[=:]\s*("(?:[^"\\]|\\.)*"|[^\s,}"]+)\s*(,|(?=\}))/y;

function parseTable(text: string, place: Place): Result<ReadonlyMap<Key, string>> {
  const table = new Map<Key, string>();
  const example = 'write { url = "https://cache.example.org", write = false }';
  ENTRY.lastIndex = 1;
  while (!/^\s*\}$/.test(text.slice(ENTRY.lastIndex))) {
    const at = ENTRY.lastIndex;
    const [, name = '', value = ''] = ENTRY.exec(text) ?? [];
    // The value may be a secret in the wrong place.
    if (name === '')
      return fail(invalid(place, 'Expected a setting of a remote cache', text.slice(at, at + 12), example));
    const key = KEYS.find(each => each === name);
    if (key === undefined) {
      const near = nearest(name, KEYS);
      const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : `use ${KEYS.join(', ')}`;
      return fail(invalid(place, 'Unknown setting of a remote cache', name, hint));
    }
    if (table.has(key)) return fail(invalid(place, `\`${key}\` is set twice`, name, 'remove one of the two'));
    table.set(key, value.startsWith('"') ? unquoted(value) : value);
  }
  return table.has('url') ? ok(table) : fail(invalid(place, 'A remote cache requires `url`', '{ … }', example));
}

function unquoted(value: string): string {
  return value.slice(1, -1).replaceAll(/\\(.)/g, '$1');
}

function addressOf(text: string, place: Place): Result<Pick<RemoteCacheSetting, 'address' | 'type'>> {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined && text !== '') return ok({ type: 'folder', address: resolve(place.folder, text) });
  const url = URL.parse(text);
  if (url !== null && (url.username !== '' || url.password !== ''))
    return fail({
      code: 'AIB_PASSWORD_IN_ADDRESS',
      what: 'The address of the remote cache contains a user name or a password, which would appear in logs',
      where: place.where,
      got: url.host,
      hint: 'remove it from the address, and set login_file or token_file: see docs/remote.md',
    });
  if (url === null || (scheme !== 'http' && scheme !== 'https') || url.search !== '' || url.hash !== '')
    return fail(
      invalid(
        place,
        'Invalid address of a remote cache',
        text.replace(/[?#].*$/s, '…'),
        'write http://HOST/PATH, https://HOST/PATH or a folder',
      ),
    );
  return ok({ type: 'http', address: url.href.replace(/\/+$/, '') });
}

function credentialsOf(table: ReadonlyMap<Key, string>, place: Place): Result<Credentials | undefined> {
  const found = (['token', 'login'] as const).flatMap(scheme =>
    (['file', 'env'] as const).flatMap(from => {
      const value = table.get(`${scheme}_${from}`);
      return value === undefined
        ? []
        : [{ scheme, from, place: from === 'file' ? resolve(place.folder, value) : value }];
    }),
  );
  if (found.length <= 1) return ok(found[0]);
  const names = found.map(({ scheme, from }) => `${scheme}_${from}`).join(', ');
  return fail(invalid(place, 'A remote cache accepts one source of credentials', names, 'leave out the others'));
}

function invalid({ where, code }: Place, what: string, got: string, hint: string): Failure {
  return { code, what, where, got, hint };
}
