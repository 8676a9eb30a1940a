/**
 * The package, installed by npm for a user without rights, builds, boots and verifies an image in a network namespace that has only its
 * loopback device, from a sample mirror in a folder; `aib run` shows its console.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, globSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, it } from 'vitest';
import { findOnPath } from '../../src/util/process/on-path.ts';
import { packageInto } from '../pack-aib.ts';

const USER = 12_345;
const LABEL = '//nocloud/x86_64/uefi/tiny';

const folder = mkdtempSync(join(tmpdir(), 'aib-installed-'));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const [home, prefix, mirror] = ['home', 'prefix', 'mirror'].map(name => join(folder, name)) as [string, string, string];

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** Runs a command as the user; `alone`: without a network. */
function run(command: string, { alone }: { readonly alone: boolean }): Promise<Ended> {
  const asUser = ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', 'sh', '-c', command];
  const words = alone ? ['unshare', '--net', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh', ...asUser] : asUser;
  const kept = Object.entries(process.env).filter(([name]) => !/^(AIB_|npm_|XDG_|NODE_OPTIONS|VITEST)/.test(name));
  const env = { ...Object.fromEntries(kept), HOME: home, PATH: `${prefix}/bin:/usr/sbin:/usr/bin:/sbin:/bin` };
  return new Promise((resolve, reject) => {
    const child = spawn(words[0] ?? '', words.slice(1), { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    child.once('error', reject).once('close', code => resolve({ code, said }));
  });
}

it('the package, installed for an ordinary user without a network, builds, boots and verifies', {
  tags: ['full'],
  timeout: 1_800_000,
}, async context => {
  if (process.getuid?.() !== 0)
    return context.skip('requires root, to be another user and to have a network of its own');
  if (findOnPath('script') === undefined) return context.skip('no script on PATH: ./setup --tests brings it');
  for (const path of [home, prefix]) {
    mkdirSync(path);
    chownSync(path, USER, USER);
  }
  // The sample may be in a folder that only its user can read.
  cpSync(inject('sample'), mirror, { recursive: true, dereference: true });
  const archive = packageInto(join(folder, 'archive'));
  const made = await run(`npm install --global --no-audit --no-fund --prefix ${prefix} ${archive}`, { alone: false });
  expect(made.code, made.said).toBe(0);
  execFileSync('chown', ['-R', 'root:root', prefix]);
  execFileSync('chmod', ['-R', 'go-w', prefix]);
  const before = state();

  const alone = async (command: string): Promise<string> => {
    const { code, said } = await run(command, { alone: true });
    expect(code, `${command}\n${said}`).toBe(0);
    return said;
  };
  expect((await run('getent hosts registry.npmjs.org', { alone: true })).code).not.toBe(0);
  expect(await alone('aib init five')).toContain(`aib build ${LABEL}`);
  await alone(`cd five && aib mirror use ${mirror}`);
  expect(await alone(`cd five && aib build ${LABEL}`)).toMatch(/^done: \d+ actions run/m);
  expect(await alone(`cd five && aib boot ${LABEL}`)).toMatch(/^done: /m);
  // The project has no image for aws, which quickstart builds in a checkout.
  expect(await alone('cd five && aib quickstart')).toContain(`next    aib build ${LABEL} `);
  expect(await alone(`cd five && aib build ${LABEL}`)).toMatch(/^up to date: /m);
  expect(await alone(`cd five && aib verify ${LABEL}`)).toMatch(/bit-identical/);
  expect(await alone('cd five && aib graph')).toMatch(/graph\.html$/m);
  // Ctrl-A X, which ends the machine, comes when the guest has printed its prompt.
  const ended = "for i in $(seq 300); do grep -aqs login: shown && break; sleep 1; done; printf '\\001x'";
  expect(
    await alone(`cd five && { ${ended}; } | timeout 300 script -qefc 'aib run ${LABEL}' shown >/dev/null; cat shown`),
  ).toMatch(/login:[\s\S]*QEMU: Terminated/);
  expect(state()).toEqual(before);
});

function state(): readonly string[] {
  return globSync('**/*', { cwd: prefix })
    .sort()
    .map(path => {
      const stats = statSync(join(prefix, path), { throwIfNoEntry: false });
      return [path, stats?.size, stats?.mtimeMs, stats?.ctimeMs].join(' ');
    });
}
