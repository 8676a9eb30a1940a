/** `aib quickstart`: a first image, built and booted, with no question asked. Chooses the sample mirror only here, and says so. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openMirror } from '../../alpine/mirror/mirror.ts';
import { rememberedMirror, rememberMirror } from '../../config/workspace/remembered-mirror.ts';
import type { Workspace } from '../../config/workspace/workspace.ts';
import { formatDuration } from '../../report/text/duration.ts';
import { CDN } from '../../rules/project/project.ts';
import { formatBytes } from '../../util/bytes.ts';
import { homeCache } from '../../util/home-cache.ts';
import { ok, type Result } from '../../util/result.ts';
import { runFlow } from '../session/build-flow.ts';
import { EXIT, notice, showFailure } from '../session/messages.ts';
import { commandOf } from '../session/null-build.ts';
import { interruption, projectOf, workspaceOf } from '../session/session.ts';
import type { Options } from '../words/options.ts';
import { makeSample } from './mirror.ts';

const LABEL = '//aws/x86_64/uefi/tiny';

export async function quickstartCommand(options: Options): Promise<number> {
  const workspace = workspaceOf(options);
  if (!workspace.ok) return showFailure(workspace.error);
  const signal = interruption();
  const started = Date.now();
  const chosen = await chooseMirror(workspace.value, options, signal);
  if (!chosen.ok) return showFailure(chosen.error);
  const chosenAt = Date.now();
  const steps: { readonly verb: string; readonly label: string; readonly ended: number }[] = [];
  let image: string | undefined;
  for (const [verb, label] of [
    ['build', LABEL],
    ['boot', `${LABEL}:boot`],
  ] as const) {
    const command = commandOf(workspace.value, { verb, labels: [label] });
    const outcome = await runFlow({ workspace: workspace.value, command, labels: [label], options: {} });
    if (!outcome.ok) return showFailure(outcome.error);
    if (outcome.value.exit !== EXIT.done) return outcome.value.exit;
    image ??= outcome.value.linked[0]?.image;
    steps.push({ verb, label, ended: Date.now() });
  }
  const [built, booted] = steps;
  if (image === undefined || built === undefined || booted === undefined) return EXIT.failed;
  const lines = [
    '',
    `image   ${image}`,
    `size    ${formatBytes(statSync(image).size)}`,
    `sha512  ${readFileSync(`${image}.sha512`, 'utf8').split(' ')[0]}`,
    `mirror  ${chosen.value}`,
    `times   mirror ${formatDuration(chosenAt - started)}, build ${formatDuration(built.ended - chosenAt)}, boot to login ${formatDuration(booted.ended - built.ended)}`,
    '',
    `next    ./aib build ${LABEL}       makes nothing, because nothing changed`,
    `        ./aib run ${LABEL}         gives you its console`,
  ];
  for (const line of lines) process.stdout.write(`${line}\n`);
  return EXIT.done;
}

/** What was chosen before, else Alpine's CDN if it answers, else the sample. */
async function chooseMirror(workspace: Workspace, options: Options, signal: AbortSignal): Promise<Result<string>> {
  const chosen = options.mirror === undefined ? rememberedMirror(workspace) : ok(options.mirror);
  if (!chosen.ok) return chosen;
  const { value: remembered } = chosen;
  const sample = join(homeCache(), process.env.AIB_USERLAND ? 'sample-with-userland' : 'sample');
  const isSample = remembered?.startsWith(join(homeCache(), 'sample')) === true;
  if (remembered !== undefined && !isSample) return ok(remembered);
  if (!isSample && (await isReachable(signal))) return ok(CDN);
  if (!isSample) notice(`${CDN} cannot be reached: making a sample mirror from Debian packages instead`);
  const made = await makeSample(sample, undefined, signal);
  if (!made.ok) return made;
  notice(
    process.env.AIB_USERLAND
      ? `sample mirror ${sample}, with Alpine's own userland from ${process.env.AIB_USERLAND}`
      : `sample mirror ${sample}, with a stand-in userland (set AIB_USERLAND to an Alpine minirootfs for the real one)`,
  );
  const noted = rememberMirror(workspace, sample);
  if (!noted.ok) return noted;
  notice(
    `chosen as this workspace's mirror, in ${workspace.localConfig}; what is built from it is a sample, not Alpine`,
  );
  if (remembered === sample && made.value.cached) return ok(sample);
  // Another sample than the lock was made from: its lock is the sample's own and may follow it.
  const updated = await projectOf(workspace, {}, { signal, update: true });
  return updated.ok ? ok(sample) : updated;
}

async function isReachable(signal: AbortSignal): Promise<boolean> {
  const mirror = openMirror(CDN, { attempts: 1, idleTimeoutMs: 5_000 });
  if (!mirror.ok) return false;
  const answer = await mirror.value.fetch('releases.json', { signal });
  return answer.ok;
}
