/** An image of the example project that was not built, with the store content that a build would leave: outputs, runs and executions. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { provenanceWriter } from '../src/attest/provenance/provenance.ts';
import { keepRunFacts, runFacts } from '../src/attest/provenance/run-facts.ts';
import { findWorkspace } from '../src/config/workspace/workspace.ts';
import { describe } from '../src/engine/build/decide.ts';
import { inputsAmong, type Label, type Outputs, reachable } from '../src/engine/model/graph.ts';
import { variantLabel } from '../src/rules/labels.ts';
import { loadProject, type Project } from '../src/rules/project/project.ts';
import { storingIntake } from '../src/store/sources/intake.ts';
import { openStore, type Store } from '../src/store/store.ts';
import { formatFailure } from '../src/util/failure.ts';
import type { Result } from '../src/util/result.ts';
import { execution } from './engine/executions.ts';
import { makeExampleProject } from './example-project.ts';

const VARIANT = '//aws/x86_64/uefi/tiny@3.20';
const IMAGE = variantLabel(VARIANT, 'image');
const BUILDER = {
  version: { aib: '0.1.0', node: '24.0.0', os: 'linux 6', arch: 'x64' },
  programs: { 'aib.mjs': 'b'.repeat(64) },
};

export function finishedProject() {
  const folder = makeExampleProject();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const workspace = orThrow(findWorkspace(folder));
  const store = orThrow(openStore(workspace.cache, { now: Date.now, onNotice: () => {} }));
  onTestFinished(() => store.close());
  const load = async (): Promise<Project> => {
    const project = orThrow(
      await loadProject(workspace, {
        today: () => expect.unreachable('the lock is there'),
        signal: new AbortController().signal,
        onNotice: () => {},
      }),
    );
    const { lock } = project;
    const iso = Object.fromEntries(Object.entries(lock.iso).map(([key, each]) => [key, { ...each, signature: 'S' }]));
    return orThrow(project.relocked({ ...lock, iso, releaseKey: 'K' }));
  };
  /** Simulates a build of the image: makes the outputs without a record, and if there are any, records a new run. */
  const build = async (
    options: { readonly facts?: false; readonly set?: readonly string[]; readonly again?: string } = {},
  ) => {
    const project = await load();
    const outputs = new Map<Label, Outputs>();
    const ran: (readonly [label: string, kind: string, key: string])[] = [];
    for (const node of reachable(project.graph, [IMAGE])) {
      if (node.type === 'leaf') {
        outputs.set(node.label, orThrow(await node.read(storingIntake(store))));
        continue;
      }
      if (node.type === 'external') throw new Error('an image stands on nothing outside');
      const { key } = orThrow(describe(node, inputsAmong(node, outputs))).encoded;
      // The same bytes for any inputs.
      const put = (output: string) =>
        ({ type: 'file', digest: store.blobs.putBytes(`${node.label} ${output}`) }) as const;
      outputs.set(node.label, Object.fromEntries(node.outputs.map(output => [output, put(output)])));
      if (store.runs.makersOf(node.label, key).length === 0 || node.kind === options.again)
        ran.push([node.label, node.kind, key]);
    }
    if (ran.length > 0) note(store, project, ran, options);
    return { project, outputs };
  };
  let clock = Date.UTC(2026, 0, 1);
  const note = (
    { history }: Store,
    project: Project,
    ran: readonly (readonly [string, string, string])[],
    { facts, set }: { readonly facts?: false; readonly set?: readonly string[] },
  ): void => {
    clock += 1_000_000;
    const run = history.begin('build', clock);
    for (const [label, kind, key] of ran)
      history.add(
        run,
        execution('x', [clock, clock, clock + 500], { label, kind, key: key as ReturnType<typeof execution>['key'] }),
      );
    history.end(
      run,
      { status: 'done', ran: ran.length, failed: 0, hits: [], skipped: [], nodes: ran.length },
      clock + 900,
    );
    if (facts !== false) keepRunFacts(store, run, () => runFacts(project, { set }, BUILDER));
  };
  /** The new content of the provenance file, if its old content was `before`. */
  const provenance = async (
    { project, outputs }: Awaited<ReturnType<typeof build>>,
    before?: string,
    from: Store = store,
  ): Promise<string> => {
    const config = project.configs.find(({ variant }) => variant.name === VARIANT) ?? expect.unreachable();
    const { image = expect.unreachable() } = outputs.get(IMAGE) ?? {};
    const about = { config, file: 'tiny.vhd', sha256: image.digest.hash, sha512: 'ab', before };
    return provenanceWriter(project.graph, outputs, from)(about);
  };
  const edit = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  return { folder, store, build, provenance, edit };
}

function orThrow<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(formatFailure(result.error));
  return result.value;
}
