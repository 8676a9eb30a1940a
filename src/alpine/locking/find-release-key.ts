/**
 * The key that signs release files: from a file that the user names, from aib, from the lock, or from Alpine's site; trusted only by its
 * fingerprint.
 */
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { fail, type Result } from '../../util/result.ts';
import { openMirror } from '../mirror/open-mirror.ts';
import type { TrustRoot } from '../package/keys.ts';
import { checkReleaseKey, type ReleaseKey } from '../package/release-key.ts';
import type { Lock } from './lock.ts';

export interface KeyRequest {
  readonly root: TrustRoot;
  /** A file, as the user named it. */
  readonly named: string | undefined;
  readonly known: Pick<Lock, 'releaseKey'> | undefined;
  readonly signal: AbortSignal;
  readonly onNotice: (line: string) => void;
}

export async function findReleaseKey({
  root,
  named,
  known,
  signal,
  onNotice,
}: KeyRequest): Promise<Result<ReleaseKey>> {
  const { fingerprint, armored, url } = root.releaseSigner;
  if (named !== undefined) return fromFile(resolve(named), fingerprint);
  if (armored !== undefined) return checkReleaseKey(armored, fingerprint, 'aib itself');
  if (known?.releaseKey !== undefined) {
    const kept = await checkReleaseKey(known.releaseKey, fingerprint, 'the lock');
    if (kept.ok) return kept;
  }
  if (url === undefined)
    return fail({ code: 'AIB_RELEASE_KEY', what: 'No source of the key that signs the ISOs is known' });
  const site = openMirror(new URL('.', url).href);
  if (!site.ok) return site;
  const text = await site.value.fetch(basename(url), { signal, maxBytes: 4 << 20 });
  if (!text.ok) {
    if (text.error.code === 'AIB_CANCELLED') return text;
    return fail({
      ...text.error,
      code: 'AIB_RELEASE_KEY',
      what: 'The key that signs the ISOs is not available',
      hint: `fetch ${url} on a machine with a network, and pass it with aib update --release-key FILE`,
    });
  }
  onNotice(`the key that signs the ISOs was fetched from ${url}; the lock keeps it`);
  return checkReleaseKey(Buffer.from(text.value).toString('utf8'), fingerprint, url);
}

async function fromFile(path: string, fingerprint: string): Promise<Result<ReleaseKey>> {
  try {
    return await checkReleaseKey(await readFile(path, 'utf8'), fingerprint, path);
  } catch (error) {
    const got = (error as Error).message;
    return fail({ code: 'AIB_RELEASE_KEY', what: 'The key that signs the ISOs cannot be read', where: path, got });
  }
}
