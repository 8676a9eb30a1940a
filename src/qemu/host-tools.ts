/** The state of the programs that aib starts: path, version, purpose, and what to do if one is missing. Never installs anything. */
import { spawnSync } from 'node:child_process';
import { setupCommand } from '../util/files/home.ts';
import { findOnPath } from '../util/process/on-path.ts';
import { shellWord } from '../util/process/shell-word.ts';
import { INSTALL_ARM } from './drive/problem.ts';

/** `always`: no build works without it; `sample`: only for the sample mirror; `optional`: only for its purpose. */
type Need = 'always' | 'sample' | 'optional';

export interface ToolState {
  readonly tool: string;
  readonly need: Need;
  /** What it does for aib: a phrase for the place behind "which". */
  readonly purpose: string;
  /** Its path, even if it does not work. */
  readonly found?: string;
  readonly version?: string;
  /** Why it does not work, in a few words; undefined if it works. */
  readonly problem?: string;
  /** What to do if there is a problem: an imperative. */
  readonly remedy: string;
}

/** The facts of the host that the result depends on; tests pass their own. */
export interface Host {
  /** Folders to search, as in the variable PATH. */
  readonly path: string;
  /** Without a leading v. */
  readonly nodeVersion: string;
  readonly nodeFile: string;
}

export function checkHost(host: Host = thisHost()): readonly ToolState[] {
  return [nodeState(host), ...TOOLS.map(tool => toolState(tool, host))];
}

/** Undefined if it cannot be started, or prints no version. */
export function toolVersion(tool: string): string | undefined {
  return toolState({ tool, need: 'always', purpose: '', remedy: '' }, thisHost()).version;
}

interface Tool {
  readonly tool: string;
  readonly need: Need;
  readonly purpose: string;
  readonly remedy: string;
}

const SETUP = `run ${shellWord(setupCommand())}`;
const DEBIAN_ONLY = `${SETUP} on Debian or Ubuntu (elsewhere: copy a sample mirror from there, or use a real mirror)`;

const TOOLS = [
  { tool: 'qemu-system-x86_64', need: 'always', purpose: 'builds and boots x86_64 disks', remedy: SETUP },
  {
    tool: 'qemu-img',
    need: 'always',
    purpose: 'checks images that aib wrote, in tests and by hand',
    remedy: SETUP,
  },
  {
    tool: 'qemu-system-aarch64',
    need: 'optional',
    purpose: 'builds and boots aarch64 disks',
    remedy: INSTALL_ARM,
  },
  { tool: 'apt-get', need: 'sample', purpose: 'fetches Debian packages for the sample mirror', remedy: DEBIAN_ONLY },
  { tool: 'dpkg-deb', need: 'sample', purpose: 'unpacks them', remedy: DEBIAN_ONLY },
  { tool: 'xz', need: 'sample', purpose: 'unpacks them', remedy: DEBIAN_ONLY },
] as const satisfies readonly Tool[];

const OLDEST_NODE = [22, 12] as const;

function thisHost(): Host {
  return { path: process.env.PATH ?? '', nodeVersion: process.versions.node, nodeFile: process.execPath };
}

function nodeState(host: Host): ToolState {
  const state = {
    tool: 'node',
    need: 'always',
    purpose: 'runs aib itself',
    found: host.nodeFile,
    version: host.nodeVersion,
    remedy: `${SETUP}, which installs one for aib alone`,
  } as const;
  const [major = 0, minor = 0] = host.nodeVersion.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return state;
  return { ...state, problem: `older than ${OLDEST_NODE.join('.')}` };
}

function toolState(tool: Tool, host: Host): ToolState {
  const found = findOnPath(tool.tool, host.path);
  if (found === undefined) return { ...tool, problem: 'not found on PATH' };
  const answer = spawnSync(found, ['--version'], {
    encoding: 'utf8',
    timeout: 10_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const version = /\d+(?:\.\d+)+/.exec(answer.stdout ?? '')?.[0];
  // A program with missing libraries is found, but cannot start.
  if (answer.status !== 0) return { ...tool, found, problem: `${found} --version ${ending(answer)}` };
  return version === undefined ? { ...tool, found } : { ...tool, found, version };
}

function ending(answer: {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: Error;
}): string {
  if (answer.error !== undefined) return `failed: ${answer.error.message}`;
  return answer.status === null
    ? `was killed by ${answer.signal ?? 'a signal'}`
    : `exited with status ${answer.status}`;
}
