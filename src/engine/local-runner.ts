/**
 * Runs command actions on this machine: in an empty folder that holds just the input root, with just the declared environment and the
 * machine's PATH, in a process group of its own. Keeps nothing but declared outputs.
 *
 * If aib dies, however, the command goes too: its standard input is a pipe from aib that it may watch, and where `setpriv` exists the
 * kernel kills it with its parent.
 */
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { stageDirectory, stageFile } from '../store/stage.ts';
import type { Store } from '../store/store.ts';
import type { Failure } from '../util/failure.ts';
import { signalGroup, stopGroup } from '../util/process-group.ts';
import { fail, ok, type Result } from '../util/result.ts';
import type { ActionSpec, Resources } from './action.ts';
import { collectOutputs } from './outputs.ts';
import type { RunContext, Runner, RunOutcome } from './runner.ts';

/** Time between SIGTERM and SIGKILL for a command that is to stop. */
const GRACE_MS = 5_000;
/** Lines of standard error that a failure quotes; the log has all of it. */
const QUOTED_LINES = 30;
const TRY = 'aib-try: ';

export interface LocalRunnerOptions {
  /** What this machine grants to a command, as environment variables; must not be able to change what comes out. */
  readonly grant?: (resources: Resources) => Readonly<Record<string, string>>;
}

export function localRunner(store: Store, options: LocalRunnerOptions = {}): Runner {
  return {
    execute: async (spec, context) => {
      const folder = store.blobs.temporaryPath();
      try {
        await materialise(store, spec, folder);
        const exit = await run(spec, folder, options.grant?.(context.resources) ?? {}, context);
        if (!exit.ok) return exit;
        const outputs = await collectOutputs(store.blobs, spec, folder);
        return outputs.ok ? ok({ outputs: outputs.value } satisfies RunOutcome) : outputs;
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Lays out the input root, and the folders that outputs will stand in. */
export async function materialise(store: Store, spec: ActionSpec, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [path, input] of spec.inputs) {
    const target = join(folder, path);
    if (input.type === 'directory') await stageDirectory(store.blobs, input.digest, target);
    else await stageFile(store.blobs, input.digest, target, input.executable === true);
  }
  for (const { path } of Object.values(spec.outputs)) await mkdir(join(folder, path, '..'), { recursive: true });
}

async function run(
  spec: ActionSpec,
  folder: string,
  granted: Readonly<Record<string, string>>,
  context: RunContext,
): Promise<Result<void>> {
  const { execa } = await import('execa');
  const [program = '', ...rest] = commandLine(spec.arguments);
  const child = execa(program, rest, {
    cwd: folder,
    env: { ...granted, ...spec.environment, PATH: workerPath() },
    extendEnv: false,
    detached: true,
    stdin: 'pipe',
    reject: false,
    buffer: false,
    timeout: spec.timeoutSeconds * 1_000,
    stripFinalNewline: false,
  });
  const quoted: string[] = [];
  const reading = Promise.all([
    forEachLine(child.stdout, line => {
      context.log(`${line}\n`);
      if (line.startsWith('aib: ')) context.progress(line.slice('aib: '.length));
    }),
    forEachLine(child.stderr, line => {
      context.log(`${line}\n`);
      quoted.push(line);
      if (quoted.length > QUOTED_LINES) quoted.shift();
    }),
  ]);
  const { pid } = child;
  let stopping: { done: () => void } | undefined;
  const stop = (): void => {
    if (pid !== undefined) stopping = stopGroup(pid, GRACE_MS);
  };
  if (context.signal.aborted) stop();
  context.signal.addEventListener('abort', stop);
  try {
    const result = await child;
    // A command may leave helpers behind; nothing of it outlives it.
    if (pid !== undefined) signalGroup(pid, 'SIGKILL');
    await reading;
    if (context.signal.aborted) return fail({ code: 'AIB_CANCELLED', what: 'The command was stopped' });
    if (result.timedOut)
      return fail({
        code: 'AIB_TIMEOUT',
        what: `The command did not end within ${spec.timeoutSeconds} s`,
        output: quoted,
      });
    if (result.exitCode === 0) return ok(undefined);
    return fail(describeExit(spec, result, quoted));
  } finally {
    stopping?.done();
    context.signal.removeEventListener('abort', stop);
  }
}

/**
 * A command may name its failure itself, by a line `aib: [AIB_CODE] what` on standard error, and the remedy by `aib-try: …`; the other lines
 * are then its output. One that does not is quoted as it is.
 */
function describeExit(
  spec: ActionSpec,
  result: {
    readonly exitCode?: number | undefined;
    readonly signal?: string | undefined;
    readonly shortMessage?: string | undefined;
  },
  lines: readonly string[],
): Failure {
  const hint = lines.find(line => line.startsWith(TRY))?.slice(TRY.length);
  for (const line of lines) {
    const [, code, what] = /^aib: \[(AIB_[A-Z_]+)\] (.*)$/.exec(line) ?? [];
    if (code === undefined || what === undefined) continue;
    const output = lines.filter(other => other !== line && !other.startsWith(TRY));
    return { code: code as Failure['code'], what, output, ...(hint === undefined ? {} : { hint }) };
  }
  const how =
    result.signal !== undefined
      ? `was killed by ${result.signal}`
      : result.exitCode !== undefined
        ? `exited with status ${result.exitCode}`
        : `could not be started: ${result.shortMessage ?? 'unknown cause'}`;
  return { code: 'AIB_COMMAND_FAILED', what: `${spec.arguments.slice(0, 2).join(' ')} ${how}`, output: lines };
}

/** `node` is the node that runs aib, whatever PATH says; the kernel is asked to kill the command with its parent where it can be. */
function commandLine(words: readonly string[]): readonly string[] {
  const command = words[0] === 'node' ? [process.execPath, ...words.slice(1)] : words;
  return hasSetpriv() ? ['setpriv', '--pdeathsig', 'KILL', '--', ...command] : command;
}

/** util-linux has --pdeathsig; busybox's applet of the same name, which is a link, has not. */
function hasSetpriv(): boolean {
  return existsSync('/usr/bin/setpriv') && existsSync('/usr/share/doc/util-linux');
}

/** sbin as well: qemu's helpers and mkfs live there, and a user's PATH often lacks it. */
function workerPath(): string {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'].join(delimiter);
}

async function forEachLine(stream: AsyncIterable<unknown>, take: (line: string) => void): Promise<void> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  }
  if (rest !== '') take(rest);
}
