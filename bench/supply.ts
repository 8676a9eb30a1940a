/**
 * The cost of a lock for the whole matrix: `node bench/supply.ts`. Writes a lock from padded indexes with `aib update`, then runs `aib ls`
 * and `aib plan '//...@all'` with it, compared with an empty node process. Times are ratios; memory is the peak of each process, in MiB.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseReleases } from '../src/alpine/locking/releases.ts';
import { standaloneLayer } from '../src/config/tree/config-tree.ts';
import { readConfiguration, releasesOfFile, resolveConfigs } from '../src/rules/project/configuration.ts';
import { formatFailure } from '../src/util/failure.ts';
import { aibHome } from '../src/util/files/home.ts';
import { removeTree } from '../src/util/files/remove-tree.ts';
import type { Result } from '../src/util/result.ts';
import { EMPTY_NODE, ratioTable, table, takeTurns, timed } from './harness.ts';
import { writePaddedMirror } from './padded-mirror.ts';

const ROUNDS = 5;

export interface SupplyFigures {
  readonly variants: number;
  readonly indexes: number;
  /** `aib update`: MiB of all its processes together, and the number of indexes that it read. */
  readonly update: { readonly peak: number; readonly parsed: number; readonly milliseconds: number };
  /** Times an empty node process, and MiB. */
  readonly questions: Readonly<Record<string, { readonly ratio: number; readonly peak: number }>>;
  readonly tables: readonly string[];
}

const QUESTIONS = { 'aib ls': ['ls'], "aib plan '//...@all'": ['plan', '//...@all'] };

export async function measureSupply(rounds: number): Promise<SupplyFigures> {
  const home = aibHome();
  const launcher = join(home, 'aib');
  const folder = mkdtempSync(join(tmpdir(), 'aib-bench-supply-'));
  try {
    const releases = readFileSync(join(home, 'bench/releases.json'), 'utf8');
    const configuration = orThrow(readConfiguration([standaloneLayer(join(home, 'configs'))]));
    const versions = configuration.dimensions.find(({ name }) => name === 'version')?.keys ?? [];
    const known = releasesOfFile(orThrow(parseReleases(releases, 'releases.json', versions)), versions);
    const configs = orThrow(resolveConfigs(configuration.variants, known));
    const mirror = join(folder, 'mirror');
    const { indexes } = await writePaddedMirror(mirror, releases, configs);
    const cwd = join(folder, 'work');
    for (const name of ['configs', 'scripts']) cpSync(join(home, name), join(cwd, name), { recursive: true });
    writeFileSync(join(cwd, 'aib.local.conf'), `mirror = "${mirror}"\n`);
    // The first run makes the bundle and fills the compile cache.
    timed(launcher, ['--version'], { cwd });
    const update = await firstUpdate(launcher, cwd);
    const [, parsed = ''] = /packages from (\d+) package indexes/.exec(update.stderr) ?? [];
    const timings = takeTurns(
      [
        EMPTY_NODE,
        ...Object.entries(QUESTIONS).map(([name, words]) => {
          return { name, run: () => timed(launcher, words, { cwd }).milliseconds };
        }),
      ],
      rounds,
    );
    const [empty = Number.NaN] = timings.map(timing => timing.median);
    const questions: Record<string, { ratio: number; peak: number }> = {};
    for (const [name, words] of Object.entries(QUESTIONS)) {
      const own = timings.find(timing => timing.name === name)?.median ?? Number.NaN;
      questions[name] = { ratio: own / empty, peak: (await watched(launcher, words, cwd)).peak };
    }
    const memory = [
      ['peak', 'MiB'],
      ['aib update', update.peak.toFixed(0)],
    ];
    for (const [name, { peak }] of Object.entries(questions)) memory.push([name, peak.toFixed(0)]);
    return {
      variants: configs.length,
      indexes,
      update: { peak: update.peak, parsed: Number(parsed), milliseconds: update.milliseconds },
      questions,
      tables: [ratioTable(timings, timings.slice(0, 1)), table(memory)],
    };
  } finally {
    await removeTree(folder);
  }
}

/** The smaller of two measurements, because the peak depends on the moments of garbage collection in two processes. */
async function firstUpdate(launcher: string, cwd: string): Promise<Watched> {
  const updates: Watched[] = [];
  for (let round = 0; round < 2; round += 1) {
    for (const name of ['aib.lock', '.cache']) await removeTree(join(cwd, name));
    updates.push(await watched(launcher, ['update'], cwd));
  }
  return updates.reduce((one, other) => (other.peak < one.peak ? other : one));
}

interface Watched {
  /** MiB: the peaks of all its processes, added up. */
  readonly peak: number;
  readonly milliseconds: number;
  readonly stderr: string;
}

/** Measures the processes of a command while it runs. */
async function watched(program: string, words: readonly string[], cwd: string): Promise<Watched> {
  const start = performance.now();
  const child = spawn(program, words, { cwd, stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const peaks = new Map<string, number>();
  const look = setInterval(() => {
    for (const [pid, peak] of peaksBelow(child.pid ?? 0)) peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peak));
  }, 10);
  const status = await new Promise<number | null>(resolve => child.once('close', resolve));
  clearInterval(look);
  if (status !== 0) throw new Error(`${program} ${words.join(' ')} ended with ${status}: ${stderr.slice(-2_000)}`);
  const peak = [...peaks.values()].reduce((sum, each) => sum + each, 0);
  return { peak, milliseconds: performance.now() - start, stderr };
}

/** Peak MiB of each descendant process of `root`, by process id. */
function peaksBelow(root: number): ReadonlyMap<string, number> {
  const parents = new Map<string, string>();
  const peaks = new Map<string, number>();
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      parents.set(pid, /^PPid:\s+(\d+)/m.exec(status)?.[1] ?? '');
      peaks.set(pid, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It ended.
    }
  }
  const isBelow = (pid: string): boolean => {
    for (let at: string | undefined = pid; at !== undefined && at !== '0'; at = parents.get(at))
      if (at === String(root)) return true;
    return false;
  };
  return new Map([...peaks].filter(([pid]) => isBelow(pid)));
}

function orThrow<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(formatFailure(result.error));
  return result.value;
}

if (import.meta.main) {
  const { variants, indexes, update, tables } = await measureSupply(ROUNDS);
  process.stdout.write(`${variants} variants, ${indexes} indexes of 20,000 packages; ${ROUNDS} runs each, in ms\n`);
  process.stdout.write(`aib update read ${update.parsed} indexes in ${(update.milliseconds / 1000).toFixed(1)} s\n\n`);
  process.stdout.write(tables.join('\n'));
}
