/**
 * Shared by the torture tests: builds of a synthetic graph, here or in a separate process that may be killed, and the final check that
 * everything is the same as in an undisturbed build, byte for byte.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { build } from '../../src/engine/build/build.ts';
import type { BuildEvent, BuildStatus } from '../../src/engine/model/events.ts';
import { makeGraph } from '../../src/engine/model/graph.ts';
import { inProcessRunner } from '../../src/engine/run/in-process-runner.ts';
import { localRunner } from '../../src/engine/run/local-runner.ts';
import { storeFailure } from '../../src/store/database/store-failure.ts';
import { lockStore, openStore, type Store } from '../../src/store/store.ts';
import { collect } from '../../src/store/upkeep/collect.ts';
import { LossyCache } from '../engine/lossy-cache.ts';
import { ALL, type GraphOptions, makeRandom, SYNTHETIC_PROGRAMS, syntheticGraph } from './synthetic-graph.ts';

/** A folder in memory, if there is one, so that nothing waits for a disk. */
const BASE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export interface BuildOptions extends GraphOptions {
  readonly cache: string;
  /** Default 2. */
  readonly cpu?: number;
  /** Uses a very unreliable cache with the content of another store. */
  readonly elsewhere?: { readonly cache: string; readonly seed: number };
  /** Collects down to this many bytes after the build, as at the end of a real build; emits a notice before. */
  readonly collectTo?: number;
}

export const COLLECTING = 'collecting';

export interface Outcome {
  readonly status: BuildStatus | 'no store';
  readonly ran: number;
  /** `<label> <output>` with the digest's hash, of everything that settled. */
  readonly outputs: Readonly<Record<string, string>>;
  /** SHA-256 of the bytes of the last node's output in the store. */
  readonly bytes: string | undefined;
  /** Codes of failures. */
  readonly failures: readonly string[];
  readonly notices: readonly string[];
}

/** A folder that is removed after the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(BASE, 'aib-torture-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** One build of the whole graph under the build lock, as a verb does it. */
export async function buildOnce(options: BuildOptions, emit: (event: BuildEvent) => void = () => {}): Promise<Outcome> {
  const notices: string[] = [];
  const opened = openStore(options.cache, { now: Date.now, onNotice: line => notices.push(line) });
  if (!opened.ok) {
    return { ...NO_STORE, failures: [opened.error.code], notices };
  }
  const store = opened.value;
  try {
    const { signal } = new AbortController();
    const lock = await lockStore(store.folder, { pid: process.pid, command: 'torture' }, { onWait: () => {}, signal });
    try {
      return { ...(await buildLocked(store, options, emit)), notices };
    } finally {
      lock.release();
    }
  } catch (error) {
    const failure = storeFailure(error);
    if (failure === undefined) throw error;
    return { ...NO_STORE, failures: [failure.code], notices };
  } finally {
    store.close();
  }
}

const NO_STORE = { status: 'no store', ran: 0, outputs: {}, bytes: undefined } as const;

async function buildLocked(
  store: Store,
  options: BuildOptions,
  emit: (event: BuildEvent) => void,
): Promise<Omit<Outcome, 'notices'>> {
  const graph = makeGraph(syntheticGraph(options));
  if (!graph.ok) throw new Error(graph.error.what);
  const run = store.history.begin('torture', store.now());
  const remote = options.elsewhere === undefined ? {} : { cache: lossyCache(options.elsewhere) };
  const result = await build({
    graph: graph.value,
    targets: [{ label: ALL, outputs: ['out'] }],
    store,
    runners: { command: localRunner(store), builtin: inProcessRunner(store, SYNTHETIC_PROGRAMS) },
    ...remote,
    capacity: { cpu: options.cpu ?? 2 },
    onFailure: 'stop',
    signal: new AbortController().signal,
    run,
    emit,
  });
  const outputs: Record<string, string> = {};
  for (const [label, artifacts] of result.outputs)
    for (const [name, { digest }] of Object.entries(artifacts)) outputs[`${label} ${name}`] = digest.hash;
  const last = result.outputs.get(ALL)?.out;
  const bytes = last === undefined ? undefined : sha256(readFileSync(store.blobs.path(last.digest)));
  if (options.collectTo !== undefined) {
    emit({ type: 'notice', line: COLLECTING });
    await collect(store, { maxBytes: options.collectTo, began: Date.now() - process.uptime() * 1_000 });
  }
  return {
    status: result.status,
    ran: result.ran,
    outputs,
    bytes,
    failures: [...result.failures.values()].map(({ code }) => code),
  };
}

/** One call in four fails. */
function lossyCache({ cache, seed }: { readonly cache: string; readonly seed: number }): LossyCache {
  const lossy = new LossyCache(makeRandom(seed), 4);
  const opened = openStore(cache, { now: Date.now, onNotice: () => {}, readOnly: true });
  if (!opened.ok) throw new Error(opened.error.what);
  lossy.fill(opened.value);
  opened.value.close();
  return lossy;
}

/** A build in a separate process. */
export interface ChildBuild {
  readonly process: ChildProcess;
  /** Undefined if it was killed before it was done. */
  readonly outcome: Promise<Outcome | undefined>;
}

export function buildInChild(
  options: BuildOptions & { readonly dieAtRemoval?: number },
  onEvent: (event: BuildEvent) => void = () => {},
): ChildBuild {
  const words = ['--no-warnings', join(import.meta.dirname, 'builder.ts'), JSON.stringify(options)];
  // Stripping the types of all sources is two thirds of the work of a child process.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(import.meta.dirname, '../../node_modules/.cache/torture') };
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const outcome = (async (): Promise<Outcome | undefined> => {
    for await (const line of createInterface({ input: child.stdout })) {
      const said = parse(line);
      if (said?.outcome !== undefined) return said.outcome;
      if (said?.event !== undefined) onEvent(said.event);
    }
    return undefined;
  })();
  return { process: child, outcome };
}

/** Undefined for a line that is incomplete because its writer was killed. */
function parse(line: string): { readonly event?: BuildEvent; readonly outcome?: Outcome } | undefined {
  try {
    return JSON.parse(line) as { event?: BuildEvent; outcome?: Outcome };
  } catch {
    return undefined;
  }
}

/** Names of blobs with content that does not match the name; there must never be any. */
export function wrongBlobs(cache: string): readonly string[] {
  return blobFiles(cache).filter(path => sha256(readFileSync(path)) !== path.slice(-64));
}

export function blobFiles(cache: string): readonly string[] {
  return readdirSync(join(cache, 'blobs'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Prints what a torture test did, once at its end; a test that did nothing fails by its own count. */
export function report(title: string, counts: Readonly<Record<string, number>>): void {
  const words = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  process.stdout.write(`torture: ${title}: ${words.join(', ')}\n`);
}
