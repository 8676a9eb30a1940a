/**
 * `aib action LABEL`: prints a node's action in full, and with `--to DIR` writes its input root, to run it by hand. Runs only what its
 * inputs require.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe } from '../../engine/build/decide.ts';
import type { Action, ActionSpec } from '../../engine/model/action.ts';
import { inputsAmong, type Label } from '../../engine/model/graph.ts';
import { materialise } from '../../engine/run/local-runner.ts';
import { makeFolder } from '../../util/files/make-folder.ts';
import { shellWord } from '../../util/process/shell-word.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { type BuiltProject, buildFlow } from '../session/build-flow.ts';
import { interruption } from '../session/interruption.ts';
import { printLines } from '../session/print-lines.ts';
import { builtinEntry } from '../session/runners.ts';
import { withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';
import { oneNode } from '../words/targets.ts';

export function actionCommand(text: string, options: Options): Promise<number> {
  return withSession(options, interruption(), async session => {
    const { workspace, signal } = session;
    if (options.to !== undefined && existsSync(options.to))
      return fail({ code: 'AIB_USAGE', what: '--to must name a folder that does not exist yet', got: options.to });
    const project = await session.project();
    if (!project.ok) return project;
    const found = oneNode(text, project.value);
    if (!found.ok) return found;
    const node = found.value;
    if (node.type !== 'action')
      return fail({ code: 'AIB_USAGE', what: `${node.label} has no action`, hint: 'name a node that aib builds' });
    const built = await buildFlow({
      workspace,
      signal,
      labels: [node.label],
      inputsOnly: true,
      // Progress of the inputs is not part of the answer.
      options: { ...options, quiet: true, json: false },
      after: inputs => show(inputs, node.label, options),
    });
    return built.ok ? ok(built.value.exit) : built;
  });
}

async function show(
  { project, outputs, store }: BuiltProject,
  label: Label,
  { to, json }: Options,
): Promise<Result<void>> {
  const node = project.graph.nodes.get(label);
  if (node?.type !== 'action') return ok(undefined);
  const described = describe(node, inputsAmong(node, outputs));
  if (!described.ok) return described;
  const { action, encoded } = described.value;
  const { key, parts } = encoded;
  if (to !== undefined) {
    makeFolder(resolve(to));
    await materialise(store, action.spec, resolve(to));
  }
  const replay = to === undefined ? undefined : replayOf(action, resolve(to));
  const lines =
    json === true
      ? [JSON.stringify({ label, sort: action.sort, key, parts, ...replay })]
      : [
          `key  ${key}`,
          ...parts.map(({ name, value }) => `${name}  ${value.replaceAll('\n', '\\n')}`),
          ...replayLines(replay),
        ];
  await printLines(lines);
  return ok(undefined);
}

interface Replay {
  /** Missing for a fetch, which only aib can run: the parameters contain its request. */
  readonly command?: string;
  readonly outputs: readonly string[];
}

function replayLines(replay: Replay | undefined): readonly string[] {
  if (replay === undefined) return [];
  const { command, outputs } = replay;
  if (command === undefined)
    return ['', '# a fetch: the folder contains its inputs; the parameters above are its request'];
  return ['', command, `# its outputs: ${outputs.join(' ')}`];
}

/** The command that runs it by hand in its folder, and the outputs that it writes. */
function replayOf({ sort, spec }: Action, folder: string): Replay {
  const outputs = Object.values(spec.outputs).map(({ path }) => join(folder, path));
  if (sort === 'fetch') return { outputs };
  const words = Object.entries(spec.environment).map(([name, value]) => `${name}=${shellWord(value)}`);
  const program = sort === 'builtin' ? builtinWords(spec) : spec.arguments;
  const command = [...words, ...program.map(shellWord)].join(' ');
  return { command: `cd ${shellWord(folder)} && env -i PATH="$PATH" ${command}`, outputs };
}

/** A builtin receives the paths of its inputs: a folder on disk does not show whether it is one input or contains several. */
function builtinWords({ arguments: [, name = ''], inputs }: ActionSpec): readonly string[] {
  const paths = [...inputs].map(([path, { type }]) => (type === 'directory' ? `${path}/` : path));
  return [process.execPath, builtinEntry(), name, ...paths];
}
