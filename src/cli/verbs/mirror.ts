/**
 * `aib mirror sample DIR` creates the sample mirror; `aib mirror use …` sets the mirrors of this workspace; `aib mirror copy …` is in
 * mirror-copy.ts. Fetches no file from Alpine.
 */
import { join, resolve } from 'node:path';
import { isUrl, webAddress } from '../../alpine/mirror/mirror-address.ts';
import { openMirror } from '../../alpine/mirror/open-mirror.ts';
import { writeLocal } from '../../config/workspace/local-config.ts';
import { rememberMirrors } from '../../config/workspace/mirrors.ts';
import { count } from '../../report/text/count.ts';
import { rootOf } from '../../rules/project/project.ts';
import { makeSampleMirror, type SampleReport } from '../../sample/make-sample-mirror.ts';
import type { Failure } from '../../util/failure.ts';
import { aibHome } from '../../util/files/home.ts';
import { homeCache } from '../../util/files/home-cache.ts';
import { ok, type Result } from '../../util/result.ts';
import { interruption } from '../session/interruption.ts';
import { EXIT, notice, showFailure } from '../session/messages.ts';
import type { Options } from '../words/options.ts';
import { workspaceOf } from '../words/workspace-of.ts';

const HINTS = {
  use: 'aib mirror use URL-or-DIR…',
  copy: 'aib mirror copy DIR LABEL…',
  sample: 'aib mirror sample DIR',
} as const;

export async function mirrorCommand(action: string, places: readonly string[], options: Options): Promise<number> {
  const [folder, ...labels] = places;
  if (action === 'use' && folder !== undefined) return use(places, options);
  if (action === 'copy' && folder !== undefined && labels.length > 0)
    return (await import('./mirror-copy.ts')).copyCommand(folder, labels, options);
  if (action === 'sample' && folder !== undefined && labels.length === 0) return sample(folder, options);
  const known = Object.entries(HINTS).find(([name]) => name === action);
  return showFailure({
    code: 'AIB_USAGE',
    what:
      known === undefined
        ? `Unknown action of aib mirror: ${action}`
        : `aib mirror ${action} does not accept ${count(places.length, 'argument')}`,
    hint: known?.[1] ?? Object.values(HINTS).join(', or '),
  });
}

async function sample(folder: string, options: Options): Promise<number> {
  const { arch, userlandArm } = options;
  if ((arch ?? 'aarch64') !== 'aarch64' || (arch === undefined && userlandArm !== undefined)) {
    return showFailure({
      code: 'AIB_USAGE',
      what: 'The sample mirror supports x86_64, and aarch64 with --arch aarch64',
      got: arch === undefined ? '--userland-arm without --arch aarch64' : `--arch ${arch}`,
      hint: 'aib mirror sample DIR --arch aarch64',
    });
  }
  const made = await makeSample(folder, options, interruption());
  if (!made.ok) return showFailure(made.error);
  process.stdout.write(`${made.value.dir}\n`);
  return EXIT.done;
}

/** Checks only that the place could be a mirror. It does not connect to it, because the network may not be available now. */
function use(places: readonly string[], options: Options): number {
  const workspace = workspaceOf(options);
  if (!workspace.ok) return showFailure(workspace.error);
  const mirror = openMirror(places);
  if (!mirror.ok) return showFailure(mirror.error);
  const root = rootOf(mirror.value);
  if (!root.ok) return showFailure(root.error);
  const releases = options.releases === undefined ? ok(undefined) : placeOf(options.releases);
  if (!releases.ok) return showFailure(releases.error);
  const { localConfig } = workspace.value;
  const specs = mirror.value.places.map(({ spec }) => spec);
  const noted = rememberMirrors(workspace.value, specs);
  if (!noted.ok) return showFailure(noted.error);
  const listed = releases.value === undefined ? noted : writeLocal(localConfig, 'releases', [releases.value]);
  if (!listed.ok) return showFailure(listed.error);
  const what =
    root.value.name === 'sample'
      ? 'it is a sample: images built from it are not Alpine'
      : "its files are checked with Alpine's keys";
  process.stdout.write(`${mirror.value.spec}\n`);
  notice(`written to ${localConfig}; ${what}`);
  return EXIT.done;
}

/** A file is stored with its absolute path, so that the setting is valid in all folders. */
function placeOf(releases: string): Result<string, Failure> {
  if (!isUrl(releases)) return ok(resolve(releases));
  const url = webAddress(releases, 'list of releases');
  return url.ok ? ok(url.value.href) : url;
}

/**
 * The sample with the named userlands, or those in AIB_USERLAND and AIB_USERLAND_AARCH64, or stand-ins; with Alpine's packages from
 * AIB_PACKAGES.
 */
export function makeSample(
  folder: string,
  options: Pick<Options, 'userland' | 'arch' | 'userlandArm'>,
  signal: AbortSignal,
): Promise<Result<SampleReport>> {
  const userland = options.userland ?? process.env.AIB_USERLAND ?? '';
  const userlandArm = options.userlandArm ?? process.env.AIB_USERLAND_AARCH64 ?? '';
  const packages = process.env.AIB_PACKAGES ?? '';
  return makeSampleMirror(folder, {
    files: join(aibHome(), 'src/sample/files'),
    ...(userland === '' ? {} : { userland }),
    aarch64: options.arch === 'aarch64',
    ...(userlandArm === '' ? {} : { userlandArm }),
    ...(packages === '' ? {} : { packages }),
    download: join(homeCache(), 'debian'),
    signal,
    log: notice,
  });
}
