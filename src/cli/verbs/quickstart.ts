/**
 * `aib quickstart`: builds and boots a first image without questions. The only verb that chooses the sample mirror itself; it prints that
 * it does.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ALPINE_CDN } from '../../alpine/mirror/mirror-address.ts';
import { rememberedMirrors, rememberMirrors } from '../../config/workspace/mirrors.ts';
import type { Workspace } from '../../config/workspace/workspace.ts';
import { layersOf } from '../../config/workspace/workspace-layers.ts';
import { formatDuration } from '../../report/text/duration.ts';
import { readConfiguration } from '../../rules/project/configuration.ts';
import { formatBytes } from '../../util/bytes.ts';
import { isInstalled } from '../../util/files/home.ts';
import { homeCache } from '../../util/files/home-cache.ts';
import { shellWord } from '../../util/process/shell-word.ts';
import { ok, type Result } from '../../util/result.ts';
import { whoIsSilent } from '../session/alpine-answers.ts';
import { buildFlow } from '../session/build-flow.ts';
import { interruption } from '../session/interruption.ts';
import { EXIT, notice } from '../session/messages.ts';
import { commandOf } from '../session/null-build.ts';
import { printLines } from '../session/print-lines.ts';
import { Session, withSession } from '../session/session.ts';
import { updateLockOf } from '../session/update-lock.ts';
import type { Options } from '../words/options.ts';
import { makeSample } from './mirror.ts';

/** The image of aib's own configuration; a project without it gets the first of its own. */
const LABEL = '//aws/x86_64/uefi/tiny';

export function quickstartCommand(options: Options): Promise<number> {
  return withSession(options, interruption(), async session => {
    const { workspace, signal } = session;
    const started = Date.now();
    const label = firstImage(workspace);
    if (!label.ok) return label;
    const mirror = await chooseMirror(session);
    if (!mirror.ok) return mirror;
    const chosen = Date.now();
    const built = await buildFlow({ ...requestOf(session, 'build', label.value), workspace, signal });
    if (!built.ok) return built;
    const [image] = built.value.images;
    if (built.value.exit !== EXIT.done || image === undefined) return ok(built.value.exit);
    const builtAt = Date.now();
    const booted = await buildFlow({ ...requestOf(session, 'boot', `${label.value}:boot`), workspace, signal });
    if (!booted.ok) return booted;
    if (booted.value.exit !== EXIT.done) return ok(booted.value.exit);
    const aib = programOf(workspace);
    const times = [chosen - started, builtAt - chosen, Date.now() - builtAt].map(formatDuration);
    await printLines([
      '',
      `image   ${image.image}`,
      `size    ${formatBytes(statSync(image.image).size)}`,
      `sha512  ${readFileSync(`${image.image}.sha512`, 'utf8').split(' ')[0]}`,
      `mirror  ${mirror.value}`,
      `times   mirror ${times[0]}, build ${times[1]}, boot to login ${times[2]}`,
      '',
      `next    ${aib} build ${label.value}       builds nothing, because nothing changed`,
      `        ${aib} run ${label.value}         opens its console`,
    ]);
    return ok(EXIT.done);
  });
}

function firstImage(workspace: Workspace): Result<string> {
  const layers = layersOf(workspace);
  const read = layers.ok ? readConfiguration(layers.value) : layers;
  if (!read.ok) return read;
  const names = read.value.variants.map(({ name }) => name.replace(/@.*$/, ''));
  // Machines of other architectures are emulated on most hosts.
  const own = names.find(name => name.split('/').includes('x86_64')) ?? names[0];
  return ok(names.includes(LABEL) || own === undefined ? LABEL : own);
}

/** How the user calls aib from the folder of the workspace. */
function programOf({ folder, home }: Workspace): string {
  if (isInstalled(home)) return 'aib';
  return folder === home ? './aib' : shellWord(join(home, 'aib'));
}

function requestOf({ workspace, options }: Session, verb: 'build' | 'boot', label: string) {
  const { limitFactor } = options;
  const command = commandOf(workspace, { verb, labels: [label] });
  return { command, labels: [label], options: limitFactor === undefined ? {} : { limitFactor } };
}

/** The mirror that is named now or was set before, even if it does not answer; else Alpine if it answers, else the sample. */
async function chooseMirror(session: Session): Promise<Result<string>> {
  const { workspace, options, signal } = session;
  const mirrors = options.mirror === undefined ? rememberedMirrors(workspace) : ok(options.mirror);
  if (!mirrors.ok) return mirrors;
  const { value: named } = mirrors;
  const sample = join(homeCache(), process.env.AIB_USERLAND ? 'sample-with-userland' : 'sample');
  // A sample that quickstart chose itself is created again if its sources have changed.
  const isOurs = options.mirror === undefined && named[0]?.startsWith(join(homeCache(), 'sample')) === true;
  if (named.length > 0 && !isOurs) {
    // The next commands of the user continue with this mirror.
    const noted = options.mirror === undefined ? ok(undefined) : rememberMirrors(workspace, named);
    return noted.ok ? ok(named.join(', ')) : noted;
  }
  if (!isOurs) {
    const silent = await whoIsSilent(signal);
    if (silent === undefined) return ok(ALPINE_CDN);
    notice(`${silent}: creating a sample mirror from Debian packages instead`);
  }
  const made = await makeSample(sample, {}, signal);
  if (!made.ok) return made;
  notice(
    process.env.AIB_USERLAND
      ? `sample mirror ${sample}, with Alpine's own userland from ${process.env.AIB_USERLAND}`
      : `sample mirror ${sample}, with a stand-in userland (set AIB_USERLAND to an Alpine minirootfs for the real one)`,
  );
  const noted = rememberMirrors(workspace, [sample]);
  if (!noted.ok) return noted;
  notice(
    `set as the mirror of this workspace in ${workspace.localConfig}; images built from it are samples, not Alpine`,
  );
  if (named[0] === sample && made.value.cached) return ok(sample);
  // The lock was made from another sample. It belongs to the sample, so it may be updated.
  const updated = await updateLockOf(new Session(workspace, {}, signal));
  return updated.ok ? ok(sample) : updated;
}
