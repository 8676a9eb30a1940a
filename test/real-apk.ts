/**
 * Alpine's own apk as an oracle: in a chroot of a minirootfs (AIB_USERLAND) it resolves a world, with real indexes (AIB_INDEXES) that it
 * reads itself. Needs root, never installs anything, and never changes anything outside of its temporary folder.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trustRoot } from '../src/alpine/package/keys.ts';
import { verifyIndex } from '../src/alpine/package/verify.ts';
import type { Repository } from '../src/alpine/solver/candidates.ts';

export interface RealApk {
  readonly version: string;
  readonly repositories: readonly Repository[];
  /** `name-version` of everything that it would install, sorted; or its own refusal message. */
  readonly add: (world: readonly string[]) => readonly string[] | { readonly refused: string };
  readonly close: () => void;
}

/** Why the oracle cannot run here; undefined if it can. */
export function whyNoOracle(): string | undefined {
  if (process.env.AIB_USERLAND === undefined) return 'AIB_USERLAND names no minirootfs';
  if (process.env.AIB_INDEXES === undefined) return 'AIB_INDEXES names no folder of indexes';
  if (process.getuid?.() !== 0) return 'a chroot takes root';
  return undefined;
}

/** `branch` is 3.19; its indexes are files such as v3.19-main-x86_64.APKINDEX.tar.gz. */
export async function realApk(branch: string, arch: string): Promise<RealApk> {
  const folder = mkdtempSync(join(tmpdir(), 'aib-real-apk-'));
  const run = (...words: readonly string[]) =>
    spawnSync('chroot', [folder, '/sbin/apk', '--root', '/target', '--arch', arch, ...COMMON, ...words], {
      encoding: 'utf8',
    });
  const unpacked = spawnSync('tar', ['-xzf', process.env.AIB_USERLAND ?? '', '-C', folder], { encoding: 'utf8' });
  if (unpacked.status !== 0) throw new Error(unpacked.stderr);
  const indexes = process.env.AIB_INDEXES ?? '';
  const repositories: Repository[] = [];
  for (const name of ['main', 'community']) {
    const file = readdirSync(indexes).find(each => each === `v${branch}-${name}-${arch}.APKINDEX.tar.gz`);
    if (file === undefined) continue;
    const place = join(folder, 'repositories', name, arch);
    mkdirSync(place, { recursive: true });
    copyFileSync(join(indexes, file), join(place, 'APKINDEX.tar.gz'));
    const index = await verifyIndex(readFileSync(join(indexes, file)), trustRoot('alpine').keys, file);
    if (!index.ok) throw new Error(index.error.what);
    repositories.push({ name, packages: index.value.packages });
  }
  writeFileSync(join(folder, 'etc/repositories'), repositories.map(({ name }) => `/repositories/${name}\n`).join(''));
  mkdirSync(join(folder, 'target'));
  const made = run('add', '--initdb');
  if (made.status !== 0) throw new Error(`${made.stdout}${made.stderr}`);
  return {
    version: run('--version').stdout.trim(),
    repositories,
    add: world => {
      const { status, stdout, stderr } = run('add', '--simulate', ...world);
      if (status !== 0) return { refused: `${stdout}${stderr}`.trim() };
      return [...stdout.matchAll(/^\(\d+\/\d+\) Installing (\S+) \((\S+)\)/gm)]
        .map(([, name, version]) => `${name}-${version}`)
        .sort();
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const COMMON = [
  ...['--keys-dir', '/etc/apk/keys'],
  ...['--repositories-file', '/etc/repositories'],
  ...['--no-cache', '--no-network', '--no-progress'],
];
