/** `aib prune`: removes at clouds what has had its time: superseded revisions, images past their end of life, and what killed runs have left. */

import { join } from 'node:path';
import type { StandingSnapshot } from '../../clouds/aws/image/images-of-project.ts';
import type { Pruned } from '../../clouds/aws/image/pruning.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { ok } from '../../util/result.ts';
import { connectToAws } from '../session/clouds.ts';
import { interruption } from '../session/interruption.ts';
import { EXIT } from '../session/messages.ts';
import { withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';
import { removeImages } from './removed-images.ts';

/** Releases of a variant that stay whatever their end of life, and days that anything must be old. */
const KEEP = 1;
const OLDER_THAN = 90;

/** What is said on the command line; else the most careful of what the variants of a project say. */
function rulesOf(configs: readonly ImageConfig[], { keep, olderThan }: Options) {
  const most = (name: 'keep' | 'olderThan', otherwise: number): number => {
    return Math.max(...configs.map(({ distribution }) => distribution.prune[name] ?? otherwise));
  };
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
    const [{ standingsOf }, { pruned, prunedBuckets }] = await Promise.all([
      import('../../clouds/aws/image/images-of-project.ts'),
      import('../../clouds/aws/image/pruning.ts'),
    ]);
    const { notRegions = [] } = options;
    const regions = account.enabled.filter(region => !notRegions.includes(region));
    const ofAws = loaded.value.configs.filter(({ cloud }) => cloud === 'aws');
    const left: Pruned[] = [];
    const untagged: StandingSnapshot[] = [];
    const projects = new Set(ofAws.map(config => config.project));
    for (const region of regions) {
      const { leftBuckets, leftSnapshots } = await import('../../clouds/aws/s3/left-buckets.ts');
      const found = await leftBuckets({ connection, region, signal });
      // Who may not list buckets has never made one for an import.
      if (!found.ok && found.refusal.kind === 'denied') continue;
      if (!found.ok) return found;
      left.push(...prunedBuckets(found.value, Date.now()));
      for (const project of projects) {
        const snapshots = await leftSnapshots({ connection, region, signal }, project);
        if (!snapshots.ok) return snapshots;
        untagged.push(...snapshots.value);
      }
    }
    let exit: number = EXIT.done;
    for (const project of projects) {
      const there = await standingsOf(project, regions, { connection, signal });
      if (!there.ok) return there;
      const rules = rulesOf(
        ofAws.filter(config => config.project === project),
        options,
      );
      const mayGo = [
        ...pruned(
          { ...there.value, orphans: [...there.value.orphans, ...untagged.splice(0)] },
          { ...rules, now: Date.now() },
        ),
        ...left.splice(0),
      ];
      const removed = await removeImages(mayGo, { session, connection });
      if (!removed.ok) return removed;
      exit = Math.max(exit, removed.value);
    }
    return ok(exit);
  });
}
