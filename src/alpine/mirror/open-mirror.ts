/** Makes a mirror from addresses that a user named; several are tried in that order. Never uses the network. */
import { fail, ok, type Result } from '../../util/result.ts';
import type { Mirror } from './mirror.ts';
import { mirrorAddress } from './mirror-address.ts';
import { MirrorList } from './mirror-list.ts';
import { DEFAULT_SETTINGS, type MirrorSettings, SingleMirror } from './single-mirror.ts';

/** Fails if a spec is neither a http(s) URL nor a folder that exists. */
export function openMirror(specs: string | readonly string[], settings: Partial<MirrorSettings> = {}): Result<Mirror> {
  const all = { ...DEFAULT_SETTINGS, ...settings };
  const mirrors: Mirror[] = [];
  for (const spec of typeof specs === 'string' ? [specs] : specs) {
    const address = mirrorAddress(spec);
    if (!address.ok) return address;
    if (mirrors.some(mirror => mirror.spec === address.value.spec)) continue;
    mirrors.push(new SingleMirror(address.value, all));
  }
  const [first] = mirrors;
  if (first === undefined) return fail({ code: 'AIB_BAD_MIRROR', what: 'No mirror is configured' });
  return ok(mirrors.length === 1 ? first : new MirrorList(mirrors, all.onNotice));
}
