/**
 * Runs command actions on this machine: in a folder that contains only the input root, with only the declared environment, the machine's
 * PATH and its grants, in its own process group. Never keeps anything but declared outputs.
 *
 * If aib dies, the command is killed too, with its whole group: by a watchdog, and by the kernel where `setpriv` exists. Its standard input
 * is a pipe from aib that it can watch.
 */
import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { stageDirectory, stageFile } from '../../store/content/stage.ts';
import type { Store } from '../../store/store.ts';
import { type Failure, internal } from '../../util/failure.ts';
import { pathBelowFault } from '../../util/files/file-name.ts';
import { fullDisk } from '../../util/files/full-disk.ts';
import { removeTree } from '../../util/files/remove-tree.ts';
import { deathWatch } from '../../util/process/death-watch.ts';
import { ownNode } from '../../util/process/own-node.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { ActionSpec } from '../model/action.ts';
import { type Grants, grantedEnvironment, secondsFor, workingFolder } from './grants.ts';
import { LastWords } from './last-words.ts';
import { cutLines } from './line-splitter.ts';
import { type MemoryMeter, memoryMeter } from './memory-meter.ts';
import { runProcess } from './run-process.ts';
import type { RunContext, Runner, RunOutcome } from './runner.ts';
import { collectOutputs } from './take-outputs.ts';

/** Milliseconds between SIGTERM and SIGKILL for a command that must stop. */
const GRACE_MS = 5_000;
/** A line of standard output that starts with this reports progress. */
const PROGRESS = 'aib: ';

export interface LocalRunnerOptions {
  /** Milliseconds between SIGTERM and SIGKILL; default 5,000. */
  readonly graceMs?: number;
}

export function localRunner(store: Store, options: LocalRunnerOptions = {}): Runner {
  const meter = memoryMeter();
  return {
    execute: async (spec, context) => {
      const { grants } = context;
      const folder = workingFolder(store.blobs, grants);
      try {
        await materialise(store, spec, folder, context);
        const prefix = [...deathWatch(workerPath()), ...grants.prefix, ...underUmask(grants)];
        const command = commandLine(spec.arguments, prefix);
        const worker = { command, graceMs: options.graceMs ?? GRACE_MS, meter, machines: store.machines };
        const exit = await run(spec, folder, worker, context);
        if (!exit.ok) return exit;
        const outputs = await collectOutputs(store.blobs, spec, folder, context.signal);
        return outputs.ok ? ok({ outputs: outputs.value } satisfies RunOutcome) : outputs;
      } finally {
        // The next build removes what remains; the result of the command is more important.
        await removeTree(folder).catch(() => undefined);
      }
    },
  };
}

/** Creates the input root, and the parent folders of the outputs. Rejects with the signal's reason when aborted. */
export async function materialise(
  store: Store,
  spec: ActionSpec,
  folder: string,
  { signal, grants }: Partial<Pick<RunContext, 'signal' | 'grants'>> = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const inputs = [...spec.inputs];
  for (const [path, input] of grants?.backwards === true ? inputs.reverse() : inputs) {
    const target = join(folder, inside(path));
    if (input.type === 'directory') await stageDirectory(store.blobs, input.digest, target, signal);
    else await stageFile(store.blobs, input.digest, target, input.executable === true, signal);
  }
  for (const { path } of Object.values(spec.outputs))
    await mkdir(join(folder, inside(path), '..'), { recursive: true });
}

/** A path outside the folder would let an action write anywhere; rules must not produce one. */
function inside(path: string): string {
  const fault = pathBelowFault(path);
  if (fault !== undefined) throw internal(`invalid path in an action: ${JSON.stringify(path)}: ${fault}`);
  return path;
}

/** Runs the command in its folder; a failure quotes the end of its standard error. */
async function run(
  spec: ActionSpec,
  folder: string,
  worker: {
    readonly command: readonly string[];
    readonly graceMs: number;
    readonly meter: MemoryMeter;
    readonly machines: string;
  },
  context: RunContext,
): Promise<Result<void>> {
  const seconds = secondsFor(spec, context.grants);
  const said = new LastWords();
  const output = cutLines(context.log, line => {
    if (line.startsWith(PROGRESS)) context.progress(line.slice(PROGRESS.length));
  });
  const errors = cutLines(context.log, line => said.add(line));
  const end = await runProcess({
    command: worker.command,
    folder,
    // Its standard input is a pipe from aib: the driver of a machine ends when aib ends for any reason.
    environment: {
      ...grantedEnvironment(context.grants),
      AIB_WORKER_STDIN: 'watch',
      ...(context.grants.machines ? { AIB_WORKER_MACHINES: worker.machines } : {}),
      ...spec.environment,
      PATH: workerPath(),
    },
    timeoutSeconds: seconds,
    graceMs: worker.graceMs,
    signal: context.signal,
    onOutput: output.add,
    onErrorOutput: errors.add,
    watch: group => worker.meter.watch(group, reading => context.memory?.(reading)),
  });
  output.end();
  errors.end();
  const { lines } = said;
  switch (end.type) {
    case 'stopped':
      return fail({ code: 'AIB_CANCELLED', what: 'The command was stopped' });
    case 'timed-out':
      return fail({
        code: 'AIB_TIMEOUT',
        what: `The command exceeded its time limit of ${seconds} s`,
        output: lines,
      });
    case 'exited':
      if (end.status === 0) return ok(undefined);
      return fail(said.failure() ?? commandFailed(spec, `exited with status ${end.status}`, lines));
    case 'killed':
      return fail(said.failure() ?? tooLarge(end.by) ?? commandFailed(spec, `was killed by ${end.by}`, lines));
    case 'not-started':
      return fail(
        fullDisk(end.code ?? '', end.cause) ?? commandFailed(spec, `could not be started: ${end.cause}`, lines),
      );
    default:
      return end satisfies never;
  }
}

/** The kernel kills a process that writes beyond the file size limit. */
function tooLarge(by: NodeJS.Signals): Failure | undefined {
  return by === 'SIGXFSZ' ? fullDisk('EFBIG', `the command was killed by ${by}`) : undefined;
}

function commandFailed(spec: ActionSpec, how: string, output: readonly string[]): Failure {
  return { code: 'AIB_COMMAND_FAILED', what: `${spec.arguments.slice(0, 2).join(' ')} ${how}`, output };
}

/** Words before a command that set its umask; none if it inherits the right umask from this process. */
function underUmask({ umask }: Grants): readonly string[] {
  return process.umask() === umask ? [] : ['/bin/sh', '-c', `umask ${umask.toString(8)}; exec "$@"`, 'sh'];
}

/** `node` is the node that runs aib, regardless of PATH. */
function commandLine(words: readonly string[], prefix: readonly string[]): readonly string[] {
  return [...prefix, ...(words[0] === 'node' ? [...ownNode(), ...words.slice(1)] : words)];
}

/** With sbin: it contains qemu's helpers and mkfs, and is often missing in a user's PATH. */
function workerPath(): string {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'].join(delimiter);
}
