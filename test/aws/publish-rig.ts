/** A fake of AWS for one test, a folder to publish from, and disks to publish. */
import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { BuildEvent, Emit } from '../../src/engine/model/events.ts';
import type { Call } from '../fakes/aws/call-log.ts';
import { type FakeAws, type FakeAwsOptions, startFakeAws } from '../fakes/aws/server.ts';
import { makeFolder } from '../torture/rig.ts';
import { makeDisk, type TestDisk } from './aws-rig.ts';
import { HASTE } from './aws-world.ts';
import { type Published, type PublishOptions, publish } from './publish.ts';

export interface PublishRig {
  readonly aws: FakeAws;
  readonly folder: string;
  /** Uses another disk from now on. */
  readonly take: (blocks: Readonly<Record<number, number>>, size?: number) => Promise<TestDisk>;
  readonly publish: (
    options?: Partial<PublishOptions> & { readonly signal?: AbortSignal; readonly emit?: Emit },
  ) => Promise<Published>;
  /** Calls that changed something, since the last call of this function. */
  readonly changes: () => readonly Call[];
}

/** Runs `publish` in a separate process. */
export function startPublisher(options: PublishOptions) {
  const words = ['--experimental-strip-types', '--no-warnings', join(import.meta.dirname, 'publisher.ts')];
  return spawn(process.execPath, [...words, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'pipe'] });
}

export const NEVER = new AbortController().signal;

export async function publishRig(options: FakeAwsOptions = {}): Promise<PublishRig> {
  const folder = makeFolder();
  const aws = await startFakeAws(options);
  onTestFinished(aws.stop);
  Object.assign(aws.world.settings.lag, HASTE);
  let seen = 0;
  return {
    aws,
    folder,
    take: async (blocks, size) => {
      const disk = await makeDisk(blocks, size);
      copyFileSync(disk.path, join(folder, 'disk'));
      return disk;
    },
    publish: ({ signal = NEVER, emit = (_: BuildEvent) => {}, ...more } = {}) =>
      publish({ folder, url: aws.url, ...more }, signal, emit),
    changes: () => {
      const all = aws.log.changes;
      const fresh = all.slice(seen);
      seen = all.length;
      return fresh;
    },
  };
}
