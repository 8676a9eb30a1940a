/**
 * A minimal Debian root in a folder, made by debootstrap, with this checkout in its present state. Programs in it see nothing of this
 * machine except its access to package registries; otherwise a successful run would say nothing about other machines.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  createWriteStream,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { aibHome } from '../../src/util/files/home.ts';
import { homeCache } from '../../src/util/files/home-cache.ts';
import { findOnPath } from '../../src/util/process/on-path.ts';

/** The ordinary user may use sudo. */
export type User = 'root' | 'ordinary';

export interface Root {
  /** Runs a command line in the checkout, as `user` after a login; its output goes to the log as well. */
  run(commandLine: string): Promise<Ended>;
  readonly log: string;
  /** Keeps what apt fetched for the next root of this suite. */
  remove(): Promise<void>;
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

const MARK = 'etc/aib-bare-root';
const ARCHIVES = 'var/cache/apt/archives';
const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child'];

/** Why no root can be made here; undefined if one can. */
export function whyNoRoot(): string | undefined {
  if (existsSync(join('/', MARK))) return 'this is such a root itself';
  if (process.getuid?.() !== 0) return 'only root may chroot';
  if (findOnPath('debootstrap', `${process.env.PATH}:/usr/sbin`) === undefined)
    return 'no debootstrap on PATH: ./setup --tests brings it';
  if (spawnSync('unshare', [...NAMESPACES, 'true']).status !== 0) return 'this machine allows no namespaces';
  if (spawnSync('git', ['-C', aibHome(), 'rev-parse']).status !== 0) return 'what to copy is not known outside of git';
  return undefined;
}

export async function makeRoot(suite: string, user: User, signal: AbortSignal): Promise<Root> {
  const cache = join(homeCache(), 'bare');
  mkdirSync(cache, { recursive: true });
  await removeLeftovers(cache);
  const tarball = join(cache, `${suite}.tar`);
  if (!existsSync(tarball)) await makeBase(suite, tarball);
  const folder = makeFolder(cache);
  await execute('tar', ['-C', folder, '-xpf', tarball]);
  writeFileSync(join(folder, MARK), '');
  const archives = join(cache, `${suite}-archives`);
  linkAll(archives, join(folder, ARCHIVES));

  const home = user === 'root' ? '/root' : '/home/ordinary';
  if (user === 'ordinary') {
    await execute('chroot', [folder, 'useradd', '--create-home', '--shell', '/bin/bash', user]);
    writeFileSync(join(folder, 'etc/sudoers.d', user), `${user} ALL=(ALL) NOPASSWD: ALL\n`);
  }
  await copyCheckout(join(folder, home, 'aib'));
  await reachRegistries(folder, home);
  await execute('chroot', [folder, 'chown', '--recursive', `${user}:${user}`, home]);

  const log = join(cache, `${suite}-${user}.log`);
  rmSync(log, { force: true });
  return {
    log,
    run: line => enter(folder, user, `cd aib && ${line}`, log, signal),
    remove: async () => {
      linkAll(join(folder, ARCHIVES), archives);
      await execute('rm', ['-rf', folder]);
    },
  };
}

const execute = promisify(execFile);

/** A tarball of the suite, with sudo for the ordinary user. */
async function makeBase(suite: string, tarball: string): Promise<void> {
  const folder = makeFolder(join(tarball, '..'));
  // The Debian mirror of this machine; without one, debootstrap uses its default.
  const query = ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages', 'Label: Debian'];
  const [mirror = ''] = (await execute('apt-get', query)).stdout.split('\n');
  const words = ['--variant=minbase', '--include=sudo', suite, folder, ...(mirror === '' ? [] : [mirror])];
  await execute('debootstrap', words, { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
  // A root may be lost in a power cut.
  writeFileSync(join(folder, 'etc/dpkg/dpkg.cfg.d/unsafe-io'), 'force-unsafe-io\n');
  await execute('tar', ['-C', folder, '-cf', `${folder}.tar`, '.']);
  renameSync(`${folder}.tar`, tarball);
  await execute('rm', ['-rf', folder]);
}

/** Named after this process, so that a later run can remove it. */
function makeFolder(cache: string): string {
  const folder = mkdtempSync(join(cache, `root-${process.pid}-`));
  chmodSync(folder, 0o755);
  return folder;
}

/** Tracked and new files in their present state: the content of a commit of everything. */
async function copyCheckout(target: string): Promise<void> {
  const words = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await execute('git', words, { cwd: aibHome() });
  for (const path of stdout.split('\0')) {
    const source = join(aibHome(), path);
    if (path !== '' && existsSync(source)) cpSync(source, join(target, path), { verbatimSymlinks: true });
  }
}

/**
 * Copies this machine's access to package registries, and nothing else: name servers, proxies, additional certificate authorities. If the
 * authorities are in Debian's standard place, Node is not configured for them, so that aib must find them itself.
 */
async function reachRegistries(folder: string, home: string): Promise<void> {
  for (const file of ['etc/resolv.conf', 'etc/hosts', 'usr/local/share/ca-certificates']) {
    if (existsSync(join('/', file)))
      cpSync(join('/', file), join(folder, file), { recursive: true, dereference: true });
  }
  const apt = await execute('apt-config', ['dump', 'Acquire']);
  const transport = apt.stdout.split('\n').filter(line => /^Acquire::(https?|Check-[A-Za-z-]+)\b/.test(line));
  writeFileSync(join(folder, 'etc/apt/apt.conf.d/01transport'), transport.map(line => `${line}\n`).join(''));
  // Only npm settings that are not defaults; other settings of the user are private.
  for (const name of ['registry', 'proxy', 'https-proxy', 'noproxy']) {
    const value = (await execute('npm', ['config', 'get', name], { cwd: '/' })).stdout.trim();
    const isDefault = ['', 'null', 'undefined', 'https://registry.npmjs.org/'].includes(value);
    if (!isDefault) appendFileSync(join(folder, home, '.npmrc'), `${name}=${value}\n`);
  }
  const variables = Object.entries(process.env).filter(([name]) => /^(https?|no|all)_proxy$/i.test(name));
  const authorities = process.env.NODE_EXTRA_CA_CERTS ?? '';
  if (existsSync(authorities) && !authorities.startsWith('/etc/ssl/')) {
    cpSync(authorities, join(folder, authorities), { dereference: true });
    variables.push(['NODE_EXTRA_CA_CERTS', authorities]);
  }
  writeFileSync(join(folder, 'etc/environment'), variables.map(([name, value]) => `${name}=${value}\n`).join(''));
}

async function enter(folder: string, user: User, line: string, log: string, signal: AbortSignal): Promise<Ended> {
  // When this process dies, everything in the root dies too.
  const words = [
    '--pdeathsig',
    'KILL',
    'unshare',
    ...NAMESPACES,
    join(import.meta.dirname, 'enter'),
    folder,
    user,
    line,
  ];
  appendFileSync(log, `\n$ ${line}\n`);
  const child = spawn('setpriv', words, { stdio: ['ignore', 'pipe', 'pipe'], signal, killSignal: 'SIGKILL' });
  const file = createWriteStream(log, { flags: 'a' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      file.write(text);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  file.end();
  return { code, output };
}

/** Removes roots of a killed run. Nothing is mounted in them any more, because the mounts ended with its namespace. */
async function removeLeftovers(cache: string): Promise<void> {
  for (const name of readdirSync(cache)) {
    const pid = /^root-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await execute('rm', ['-rf', join(cache, name)]);
  }
}

/** Links the files, because two roots at the same time must not share a folder of apt. */
function linkAll(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  if (!existsSync(from)) return;
  for (const name of readdirSync(from).filter(each => each.endsWith('.deb'))) {
    if (!existsSync(join(to, name))) linkSync(join(from, name), join(to, name));
  }
}
