/**
 * `aib doctor`: checks this machine. With --mirror it checks a mirror instead and prints each step when it is done; `aib doctor aws` checks
 * the account, `aib doctor remote` the remote caches.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLock } from '../../alpine/locking/lock.ts';
import { probeAccelerator } from '../../qemu/accelerator.ts';
import { type Failure, formatFailure } from '../../util/failure.ts';
import { ok } from '../../util/result.ts';
import { interruption } from '../session/interruption.ts';
import { checkMachine } from '../session/machine-check.ts';
import { EXIT, notice, showFailure } from '../session/messages.ts';
import type { Options } from '../words/options.ts';
import { workspaceOf } from '../words/workspace-of.ts';

export async function doctorCommand(what: string, options: Options): Promise<number> {
  if (what === 'aws') return options.policy === true ? printPolicy() : checkAccount(options);
  if (what === 'remote') return checkRemote(options);
  if (what !== '')
    return showFailure({
      code: 'AIB_USAGE',
      what: `Unknown subject of aib doctor: ${what}`,
      hint: 'aib doctor, aib doctor aws or aib doctor remote',
    });
  if (options.mirror !== undefined) return walk(options.mirror, options);
  const workspace = workspaceOf(options);
  return checkMachine({
    write: text => process.stdout.write(text),
    cacheFolder: workspace.ok ? workspace.value.cache : process.cwd(),
    probeAccelerator,
  });
}

async function printPolicy(): Promise<number> {
  const { policyText } = await import('../../clouds/aws/account/policy.ts');
  process.stdout.write(policyText());
  return EXIT.done;
}

/** Works in any folder: the account does not belong to a project. */
async function checkAccount(options: Options): Promise<number> {
  const { connectToAws } = await import('../session/clouds.ts');
  const { checkRegions } = await import('../../clouds/aws/account/account-check.ts');
  const signal = interruption();
  const connected = await connectToAws(tmpdir(), signal);
  if (!connected.ok) return showFailure(connected.error);
  const { connection, account } = connected.value;
  try {
    process.stdout.write(`account ${account.account}; it imports in ${account.home}\n`);
    let exit: number = EXIT.done;
    for await (const { name, found } of checkRegions(connection, account, signal)) {
      const isRight = found.ok && !found.value.isInTheWay;
      if (!isRight) exit = EXIT.failed;
      const words = found.ok ? found.value.words : failureWords(found.error);
      if (options.quiet !== true || !isRight) process.stdout.write(stepLine(isRight, name, words));
    }
    return exit;
  } finally {
    connection.close();
  }
}

/** Every configured cache; with --remote-cache it works outside of a workspace, too. */
async function checkRemote(options: Options): Promise<number> {
  const { remoteCaches } = await import('../../config/workspace/remote-caches.ts');
  const { openPlace } = await import('../../remote/places/open-place.ts');
  const { checkCache } = await import('../../remote/results/check-cache.ts');
  const workspace = workspaceOf(options);
  if (!workspace.ok && options.remoteCache === undefined) return showFailure(workspace.error);
  const here = workspace.ok
    ? workspace.value
    : { folder: process.cwd(), localConfig: join(process.cwd(), 'aib.local.conf') };
  const caches = remoteCaches(here, options.remoteCache, process.env);
  if (!caches.ok) return showFailure(caches.error);
  if (caches.value.length === 0)
    return showFailure({
      code: 'AIB_USAGE',
      what: 'No remote cache is configured',
      hint: 'name one with --remote-cache: see docs/remote.md',
    });
  let exit: number = EXIT.done;
  for (const cache of caches.value) {
    const place = openPlace(cache, process.env);
    if (!place.ok) return showFailure(place.error);
    process.stdout.write(`${place.value.name}\n`);
    for await (const { name, isRight, words } of checkCache(place.value, cache.write, interruption())) {
      if (!isRight) exit = EXIT.failed;
      process.stdout.write(stepLine(isRight, name, words));
    }
  }
  return exit;
}

/** With a named mirror it works outside of a workspace, too. */
async function walk(named: readonly string[], options: Options): Promise<number> {
  const { alpineSite } = await import('../../alpine/locking/find-releases.ts');
  const { walkMirror } = await import('../../alpine/locking/walk-mirror.ts');
  const { openMirror } = await import('../../alpine/mirror/open-mirror.ts');
  const { chosenMirrors, rootOf } = await import('../../rules/project/project.ts');
  const { readLocal } = await import('../../config/workspace/local-config.ts');
  const { lockFile } = await import('../../config/workspace/workspace-layers.ts');
  const workspace = workspaceOf(options);
  if (named.length === 0 && !workspace.ok) return showFailure(workspace.error);
  const places = named.length > 0 || !workspace.ok ? ok(named) : chosenMirrors(workspace.value);
  if (!places.ok) return showFailure(places.error);
  const mirror = openMirror(places.value, { onNotice: notice });
  if (!mirror.ok) return showFailure(mirror.error);
  const root = rootOf(mirror.value);
  if (!root.ok) return showFailure(root.error);
  const remembered = workspace.ok ? readLocal(workspace.value.localConfig, 'releases') : ok(undefined);
  if (!remembered.ok) return showFailure(remembered.error);
  const known = workspace.ok ? readLock(lockFile(workspace.value, root.value.name)) : undefined;
  process.stdout.write(`${mirror.value.spec}, with the keys of ${root.value.name}\n`);
  let exit: number = EXIT.done;
  for await (const { name, found } of walkMirror({
    mirror: mirror.value,
    root: root.value,
    releases: options.releases ?? remembered.value,
    site: root.value.name === 'alpine' ? alpineSite() : undefined,
    known: known?.ok === true ? known.value : undefined,
    signal: interruption(),
    onNotice: notice,
  })) {
    if (!found.ok) exit = EXIT.failed;
    process.stdout.write(stepLine(found.ok, name, found.ok ? found.value : failureWords(found.error)));
  }
  return exit;
}

function stepLine(isRight: boolean, name: string, words: string): string {
  return `${isRight ? 'ok   ' : 'fails'}  ${name.padEnd(17)} ${words}\n`;
}

function failureWords(failure: Failure): string {
  return formatFailure(failure).replaceAll('\n', '\n       ');
}
