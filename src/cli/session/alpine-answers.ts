/** Checks whether Alpine can be reached: its web site, which has the list of releases, and its mirror, which has everything else. */
import { ALPINE_CDN } from '../../alpine/mirror/mirror-address.ts';
import { openMirror } from '../../alpine/mirror/open-mirror.ts';

/** The two hosts, each with a small file to request. */
const ASKED = [
  ['https://alpinelinux.org', 'releases.json'],
  [ALPINE_CDN, 'latest-stable/releases/x86_64/latest-releases.yaml'],
] as const;

/** Returns which host does not answer and why; undefined if both answer. */
export async function whoIsSilent(signal: AbortSignal, asked = ASKED as readonly (readonly [string, string])[]) {
  const answers = await Promise.all(
    asked.map(async ([address, path]) => {
      const mirror = openMirror(address, { attempts: 1, idleTimeoutMs: 5_000 });
      if (!mirror.ok) return mirror.error.what;
      const size = await mirror.value.size(path, signal);
      return size.ok ? undefined : `${new URL(address).host} cannot be reached (${size.error.got ?? size.error.what})`;
    }),
  );
  const silent = answers.filter(answer => answer !== undefined);
  return silent.length === 0 ? undefined : silent.join(' and ');
}
