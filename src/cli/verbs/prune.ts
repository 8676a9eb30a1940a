/** `aib prune`: removes obsolete objects at clouds: superseded revisions, images past their end of life, and leftovers of killed runs. */

import { join } from 'node:path';
import type { StandingBucket, StandingSnapshot } from '../../clouds/aws/image/images-of-project.ts';
import type { Pruned } from '../../clouds/aws/image/pruning.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { connectToAws } from '../session/clouds.ts';
import { interruption } from '../session/interruption.ts';
import { withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';
import { removeImages } from './removed-images.ts';

/** How many releases of a variant stay even past their end of life, and the minimum age of a removed object in days. */
const KEEP = 1;
const OLDER_THAN = 90;

/** From the command line, or else the most careful rule among the variants of a project. */
function rulesOf(configs: readonly ImageConfig[], { keep, olderThan }: Options) {
  const most = (name: 'keep' | 'olderThan', otherwise: number): number =>
    Math.max(...configs.map(({ distribution }) => distribution.prune[name] ?? otherwise));
  return { keep: keep ?? most('keep', KEEP), olderThan: olderThan ?? most('olderThan', OLDER_THAN) };
}

export function pruneCommand(options: Options): Promise<number> {
  return withSession(options, interruption(), async session => {
    const { workspace, signal } = session;
    const loaded = await session.project();
    if (!loaded.ok) return loaded;
    const connected = await connectToAws(join(workspace.cache, 'aws'), signal);
    if (!connected.ok) return connected;
    const { connection, account } = connected.value;
    session.onClose(connection.close);
    const [{ standingsOf }, { pruned, prunedBuckets }, { leftBehind }] = await Promise.all([
      import('../../clouds/aws/image/images-of-project.ts'),
      import('../../clouds/aws/image/pruning.ts'),
      import('../../clouds/aws/s3/left-behind.ts'),
    ]);
    const { notRegions = [] } = options;
    const regions = account.enabled.filter(region => !notRegions.includes(region));
    const ofAws = loaded.value.configs.filter(({ cloud }) => cloud === 'aws');
    const projects = new Set(ofAws.map(config => config.project));
    const buckets: StandingBucket[] = [];
    const untagged = new Map<string, readonly StandingSnapshot[]>();
    for (const region of regions) {
      const left = await leftBehind({ connection, region, signal }, projects);
      // An account without the right to list these has imported nothing this way.
      if (!left.ok && left.refusal.kind === 'denied') continue;
      if (!left.ok) return left;
      buckets.push(...left.value.buckets);
      for (const [project, snapshots] of left.value.snapshots)
        untagged.set(project, [...(untagged.get(project) ?? []), ...snapshots]);
    }
    const now = Date.now();
    const mayGo: Pruned[] = [];
    for (const project of projects) {
      const there = await standingsOf(project, regions, { connection, signal });
      if (!there.ok) return there;
      const { images, orphans } = there.value;
      const standing = { images, orphans: [...orphans, ...(untagged.get(project) ?? [])] };
      const own = ofAws.filter(config => config.project === project);
      mayGo.push(...pruned(standing, { ...rulesOf(own, options), now }));
    }
    return removeImages([...mayGo, ...prunedBuckets(buckets, now)], { session, connection });
  });
}
