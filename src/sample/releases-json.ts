/**
 * Writes the sample's releases.json, in the format of alpinelinux.org; its dates of end of life are never Alpine's, and the file says so.
 */
import type { ArchName } from './architecture.ts';
import type { Branch } from './branch.ts';

/** So far in the future that no test or tutorial reaches it. */
const END_OF_LIFE = '2099-12-31';
const NOTE = "This is aib's sample mirror, not Alpine's. Its end-of-life dates are the sample's own and mean nothing.";

/** Latest branch first. */
export function releasesJson(branches: readonly Branch[], archs: readonly ArchName[]): string {
  const document = {
    note: NOTE,
    architectures: archs,
    latest_stable: `v${branches[0]?.name}`,
    release_branches: branches.map(branch => ({
      rel_branch: `v${branch.name}`,
      git_branch: `${branch.name}-stable`,
      branch_date: dateOf(branch),
      eol_date: END_OF_LIFE,
      note: NOTE,
      arches: archs,
      repos: [
        { name: 'main', eol_date: END_OF_LIFE },
        { name: 'community', eol_date: END_OF_LIFE },
      ],
      // The sample's key comes with aib, so it has no URL.
      keys: Object.fromEntries(archs.map(arch => [arch, []])),
      releases: [{ version: branch.release, date: dateOf(branch) }],
    })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function dateOf(branch: Branch): string {
  return new Date(branch.time * 1000).toISOString().slice(0, 10);
}
