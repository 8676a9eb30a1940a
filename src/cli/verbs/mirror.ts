/** `aib mirror sample DIR`: makes the sample mirror. Chooses nothing: `--mirror DIR` of a build does. */
import { join } from 'node:path';
import { makeSampleMirror, type SampleReport } from '../../sample/make-sample-mirror.ts';
import { aibHome } from '../../util/home.ts';
import { homeCache } from '../../util/home-cache.ts';
import type { Result } from '../../util/result.ts';
import { EXIT, notice, showFailure } from '../session/messages.ts';
import { interruption } from '../session/session.ts';
import type { Options } from '../words/options.ts';

export async function mirrorCommand(action: string, folder: string, options: Options): Promise<number> {
  if (action !== 'sample') {
    return showFailure({ code: 'AIB_USAGE', what: `There is no aib mirror ${action}`, hint: 'aib mirror sample DIR' });
  }
  const made = await makeSample(folder, options.userland, interruption());
  if (!made.ok) return showFailure(made.error);
  process.stdout.write(`${made.value.dir}\n`);
  return EXIT.done;
}

/** The sample with the userland that was named, or the one in AIB_USERLAND, or stand-ins; with Alpine's own packages of AIB_PACKAGES. */
export function makeSample(
  folder: string,
  userland: string | undefined,
  signal: AbortSignal,
): Promise<Result<SampleReport>> {
  const file = userland ?? process.env.AIB_USERLAND ?? '';
  const packages = process.env.AIB_PACKAGES ?? '';
  return makeSampleMirror(folder, {
    files: join(aibHome(), 'src/sample/files'),
    ...(file === '' ? {} : { userland: file }),
    ...(packages === '' ? {} : { packages }),
    download: join(homeCache(), 'debian'),
    signal,
    log: notice,
  });
}
