/** `aib query EXPRESSION`: asks the graph. Builds nothing, waits for no other aib, and reads the mirror only where there is no lock yet. */
import { existsSync } from 'node:fs';
import type { Graph } from '../engine/graph.ts';
import { attributeNames } from '../query/attribute-names.ts';
import { evaluateQuery } from '../query/evaluate.ts';
import { nodeStates, STATE_FACTS } from '../query/node-states.ts';
import { isOutputName, OUTPUTS, type OutputName } from '../query/outputs.ts';
import { parseQuery } from '../query/parser.ts';
import { projectWorld } from '../query/project-world.ts';
import type { QueryWorld } from '../query/world.ts';
import { columns } from '../report/columns.ts';
import type { Store } from '../store/store.ts';
import { fail, ok, type Result } from '../util/result.ts';
import type { Options } from './main.ts';
import { EXIT, interruption, projectOf, showFailure, storeIfAny, workspaceOf } from './session.ts';
import { targetOf } from './targets.ts';

/** Characters that are written at once. */
const PIECE = 1 << 16;

export async function queryCommand(words: readonly string[], options: Options): Promise<number> {
  const text = words.join(' ');
  const output = outputOf(options);
  if (!output.ok) return showFailure(output.error);
  // A mistyped query is told at once, before any configuration is read.
  const parsed = parseQuery(text);
  if (!parsed.ok) return showFailure(parsed.error);
  const workspace = workspaceOf(options);
  if (!workspace.ok) return showFailure(workspace.error);
  const project = await projectOf(workspace.value, options, { signal: interruption() });
  if (!project.ok) return showFailure(project.error);
  const asked = attributeNames(parsed.value);
  const wantsState = options.state === true || STATE_FACTS.some(fact => asked.has(fact));
  const store = wantsState || output.value === 'files' ? storeIfAny(workspace.value) : ok(undefined);
  if (!store.ok) return showFailure(store.error);
  const { value: open } = store;
  try {
    const states = wantsState ? await allStates(project.value.graph, open) : undefined;
    return await answerQuery(text, projectWorld(project.value, states), output.value, open);
  } finally {
    open?.close();
  }
}

/** Each node for itself: of one whose bytes nobody asked for, too, it is told whether they are there. */
function allStates(graph: Graph, store: Store | undefined) {
  return nodeStates(graph, [...graph.nodes.values()].map(targetOf), store);
}

async function answerQuery(
  text: string,
  world: QueryWorld,
  output: OutputName,
  open: Store | undefined,
): Promise<number> {
  const nodes = evaluateQuery(text, world);
  if (!nodes.ok) return showFailure(nodes.error);
  const answer = OUTPUTS[output]({
    world,
    nodes: nodes.value,
    filesOf: label => (open === undefined ? [] : filesOf(open, label)),
  });
  const lines = answer.type === 'lines' ? answer.lines : columns(answer.rows);
  await print(lines);
  return EXIT.done;
}

function outputOf(options: Options): Result<OutputName> {
  const name = options.output ?? (options.json === true ? 'json' : 'label');
  if (isOutputName(name)) return ok(name);
  return fail({
    code: 'AIB_USAGE',
    what: `There is no output ${name}`,
    hint: `write --output ${Object.keys(OUTPUTS).join(' | ')}`,
  });
}

function filesOf({ records, blobs }: Store, label: string): readonly string[] {
  return Object.values(records.latest(label)?.outputs ?? {}).flatMap(({ type, digest }) => {
    const path = blobs.path(digest);
    return type === 'file' && existsSync(path) ? [path] : [];
  });
}

/** In pieces, since an answer may be long; whoever stops reading (`| head`) ends it quietly. */
async function print(lines: Iterable<string>): Promise<void> {
  const { stdout } = process;
  let gone = false;
  const ended = new Promise<void>(resolve => {
    stdout.once('error', () => {
      gone = true;
      resolve();
    });
  });
  const write = async (text: string): Promise<void> => {
    if (gone || text === '' || stdout.write(text)) return;
    await Promise.race([ended, new Promise<void>(resolve => stdout.once('drain', () => resolve()))]);
  };
  let piece = '';
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < PIECE) continue;
    await write(piece);
    if (gone) return;
    piece = '';
  }
  await write(piece);
}
