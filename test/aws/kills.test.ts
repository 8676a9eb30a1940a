/**
 * A publication that is killed at each of its calls, once before AWS receives the call and once after its work but before the reply, and is
 * then run again: it has the same result as without kills. Also with an empty memory of earlier calls.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startFakeAws } from '../fakes/aws/server.ts';
import { AwsError } from '../fakes/aws/wire/aws-error.ts';
import { seedOf, tier } from '../tier.ts';
import { makeFolder, report } from '../torture/rig.ts';
import { makeRandom } from '../torture/synthetic-graph.ts';
import { makeDisk, worldOf } from './aws-rig.ts';
import { HASTE } from './aws-world.ts';
import type { Published, PublishOptions } from './publish.ts';
import { startPublisher } from './publish-rig.ts';

/** Four blocks with data; and enough blocks for three parts of an object. */
const DISK = { 0: 1, 2: 2, 7: 3, 15: 4 };
const OF_PARTS = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [index * 4, index + 1]));
const SERIES = { first: 10, full: Number.POSITIVE_INFINITY, soak: Number.POSITIVE_INFINITY }[tier];

/** A moment of a run: a call that arrives, or a call that was done and will be answered next. */
interface Moment {
  readonly action: string;
  readonly region: string;
  readonly applied: boolean;
}

test.each([
  { method: 'ebs' as const, blocks: DISK, size: 8 << 20 },
  { method: 's3' as const, blocks: OF_PARTS, size: 32 << 20 },
])(
  'killed at any call and run again, a publication by $method ends as if nobody had disturbed it',
  async ({ method, blocks, size }) => {
    const importing = { method };
    const disk = (await makeDisk(blocks, size)).path;
    const moments: Moment[] = [];
    const undisturbed = await world(disk, moment => void moments.push(moment));
    const whole = await undisturbed.publish({ importing });
    expect(whole).toMatchObject({ code: 0, status: 'done', failures: [] });
    const expected = worldOf(undisturbed.aws.world);
    await undisturbed.stop();

    const random = makeRandom(seedOf(`kills of publications by ${method}`, 17));
    const chosen = choose(moments.length, SERIES, random);
    const counts = { 'calls of a publication': moments.length / 2, kills: 0, 'memories lost': 0 };
    for (const at of chosen) {
      const about = `killed at ${at}: ${JSON.stringify(moments[at])}`;
      let seen = 0;
      const killed = await world(disk, ({ applied }) => {
        if (seen++ !== at) return;
        killed.child?.kill('SIGKILL');
        // AWS never received the call.
        if (!applied) throw new AwsError('ServiceUnavailable', 'The client is no more');
      });
      const first = await killed.publish({ importing });
      // Parallel calls may arrive in another order, and the run may end before.
      if (first.code === null) counts.kills += 1;
      if (random() < 0.5) {
        rmSync(join(killed.folder, 'cache'), { recursive: true, force: true });
        counts['memories lost'] += 1;
      }
      const again = await killed.publish({ importing });
      expect(again, `${about}: ${again.said}`).toMatchObject({ code: 0, status: 'done', failures: [] });
      expect(worldOf(killed.aws.world), about).toEqual(expected);
      const calls = killed.aws.log.all.length;
      expect(await killed.publish({ importing })).toMatchObject({ code: 0, status: 'done' });
      expect(killed.aws.log.all.length, 'a null build asks nobody').toBe(calls);
      await killed.stop();
    }
    report(`kills of publications at AWS by ${method}`, counts);
    expect(counts.kills).toBeGreaterThan(chosen.length / 2);
  },
  { first: 240_000, full: 1_800_000, soak: 9_000_000 }[tier],
);

/** At most `most` numbers below `count`, spread over the range. */
function choose(count: number, most: number, random: () => number): readonly number[] {
  const all = Array.from({ length: count }, (_, index) => index);
  if (count <= most) return all;
  const step = count / most;
  return Array.from({ length: most }, (_, index) => Math.min(count - 1, Math.floor((index + random()) * step)));
}

async function world(disk: string, moment: (moment: Moment) => void) {
  const folder = makeFolder();
  copyFileSync(disk, join(folder, 'disk'));
  const aws = await startFakeAws({ moment });
  Object.assign(aws.world.settings.lag, HASTE);
  const here = {
    folder,
    aws,
    child: undefined as ChildProcess | undefined,
    stop: () => aws.stop(),
    publish: async (more: Partial<PublishOptions> = {}) => {
      const child = startPublisher({ folder, url: aws.url, ...more });
      here.child = child;
      const [output, said] = [text(child.stdout), text(child.stderr)];
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      const told = (await output) === '' ? {} : (JSON.parse(await output) as Published);
      return { code: child.exitCode, said: await said, ...told };
    },
  };
  return here;
}
