/** A workspace in a temporary folder, and functions that run aib in it as a user would. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { BuildEvent } from '../../src/engine/model/events.ts';
import { aibHome } from '../../src/util/files/home.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** With --json: what happened. */
  readonly events: readonly BuildEvent[];
  /** Kinds of the actions that ran, sorted. */
  readonly ran: readonly string[];
}

export interface TestWorkspace {
  readonly folder: string;
  readonly aib: (...words: readonly string[]) => Promise<Ended>;
  /** The same with a changed environment. */
  readonly aibWith: (environment: NodeJS.ProcessEnv, ...words: readonly string[]) => Promise<Ended>;
  /** Starts aib and returns the process; its events go to `onEvent`. */
  readonly start: (onEvent: (event: BuildEvent) => void, ...words: readonly string[]) => ChildProcess;
  readonly path: (...names: readonly string[]) => string;
  /** Changes a file; the function must change something. */
  readonly edit: (name: string, change: (text: string) => string) => void;
}

/** No call of aib in a test takes a quarter of this; the test's own limit is longer, because after it nothing could be reported. */
const LIMIT_MS = 600_000;

export function makeWorkspace(mirror: string): TestWorkspace {
  const folder = mkdtempSync(join(tmpdir(), 'aib-e2e-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['configs', 'scripts']) cpSync(join(aibHome(), name), join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'aib.local.conf'), `mirror = "${mirror}"\n`);
  const run = (environment: NodeJS.ProcessEnv, words: readonly string[]): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const child = spawnAib(folder, words, environment);
      let stdout = '';
      let stderr = '';
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      const limit = setTimeout(() => {
        const said = [`stdout: ${stdout.slice(-2_000)}`, `stderr: ${stderr.slice(-2_000)}`, processesNow()];
        child.kill('SIGINT');
        reject(new Error([`aib ${words.join(' ')} did not end`, ...said, ...lastLogs(folder)].join('\n')));
      }, LIMIT_MS);
      child.once('error', reject);
      child.once('close', code => {
        clearTimeout(limit);
        const events = words.includes('--json') ? parseEvents(stdout) : [];
        const ran = events.flatMap(event => (event.type === 'ran' ? [event.kind] : [])).sort();
        resolve({ code, stdout, stderr, events, ran });
      });
    });
  return {
    folder,
    aib: (...words) => run(process.env, words),
    aibWith: (environment, ...words) => run(environment, words),
    start: (onEvent, ...words) => {
      const child = spawnAib(folder, words, process.env);
      let rest = '';
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const event of parseEvents(lines.join('\n'))) onEvent(event);
      });
      return child;
    },
    path: (...names) => join(folder, ...names),
    edit: (name, change) => {
      const before = readFileSync(join(folder, name), 'utf8');
      const after = change(before);
      if (after === before) throw new Error(`the edit of ${name} changes nothing`);
      writeFileSync(join(folder, name), after);
    },
  };
}

/** The running processes, and the kernel functions in which they wait. */
function processesNow(): string {
  return (
    spawnSync('ps', ['-eo', 'pid,ppid,stat,wchan:24,etimes,args'], { encoding: 'utf8' }).stdout?.slice(-8_000) ?? ''
  );
}

/** The last lines of the newest logs. */
function lastLogs(folder: string): readonly string[] {
  const runs = join(folder, '.cache/runs');
  if (!existsSync(runs)) return [];
  const logs = readdirSync(runs, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.log'));
  const byTime = logs.map(name => join(runs, name)).sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  return byTime.slice(0, 2).map(path => `${path}: ${readFileSync(path, 'utf8').slice(-2_000)}`);
}

function spawnAib(folder: string, words: readonly string[], environment: NodeJS.ProcessEnv): ChildProcess {
  return spawn(join(aibHome(), 'aib'), words, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
}

function parseEvents(text: string): BuildEvent[] {
  return text
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as BuildEvent);
}
