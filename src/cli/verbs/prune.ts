/** `aib prune`: removes at clouds what has had its time: superseded revisions, images past their end of life, and what killed runs have left. */

import { join } from 'node:path';
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

export function pruneCommand(options: Options): Promise<number> {
  return withSession(options, interruption(), async session => {
    const { workspace, signal } = session;
    const loaded = await session.project();
    if (!loaded.ok) return loaded;
    const connected = await connectToAws(join(workspace.cache, 'aws'), signal);
    if (!connected.ok) return connected;
    const { connection, account } = connected.value;
    session.onClose(connection.close);
    const [{ standingsOf }, { pruned }] = await Promise.all([
      import('../../clouds/aws/image/images-of-project.ts'),
      import('../../clouds/aws/image/pruning.ts'),
    ]);
    const { keep = KEEP, olderThan = OLDER_THAN, notRegions = [] } = options;
    const regions = account.enabled.filter(region => !notRegions.includes(region));
    const ofAws = loaded.value.configs.filter(({ cloud }) => cloud === 'aws');
    let exit: number = EXIT.done;
    for (const project of new Set(ofAws.map(config => config.project))) {
      const there = await standingsOf(project, regions, { connection, signal });
      if (!there.ok) return there;
      const removed = await removeImages(pruned(there.value, { keep, olderThan, now: Date.now() }), {
        session,
        connection,
      });
      if (!removed.ok) return removed;
      exit = Math.max(exit, removed.value);
    }
    return ok(exit);
  });
}
