/**
 * A project on the sample mirror with a stand-in for the virtual machines, so that explanations can be tested on real configurations,
 * packages and records in milliseconds. Everything except the runner is the code of `aib` itself.
 */
import { cpSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import { lockTargets } from '../../src/cli/session/lock-targets.ts';
import { builtinEntry } from '../../src/cli/session/runners.ts';
import { updateLockOf } from '../../src/cli/session/update-lock.ts';
import { targetOf } from '../../src/cli/words/targets.ts';
import { build } from '../../src/engine/build/build.ts';
import { encodeAction } from '../../src/engine/model/action-key.ts';
import type { Label } from '../../src/engine/model/graph.ts';
import { builtinRunner } from '../../src/engine/run/builtin/builtin-runner.ts';
import { inProcessRunner } from '../../src/engine/run/in-process-runner.ts';
import type { Runner } from '../../src/engine/run/runner.ts';
import { makeRaw, temporaryFolder } from '../../src/formats/fixtures.ts';
import { packDisk } from '../../src/formats/packed-disk.ts';
import { rawDisk } from '../../src/formats/raw.ts';
import { packTar, unpackTar } from '../../src/formats/tar.ts';
import type { Explanation } from '../../src/query/why/explanation.ts';
import { projectWhy } from '../../src/query/why/project-why.ts';
import { explanationLines } from '../../src/report/tables/explanation-lines.ts';
import { fetchPrograms } from '../../src/rules/programs/fetch-table.ts';
import { loadProject, type Project, type ProjectOptions } from '../../src/rules/project/project.ts';
import { gzip, member, type PackageSpec, packApk, signatureMember } from '../../src/sample/apk.ts';
import type { Artifact } from '../../src/store/content/artifact.ts';
import type { Digest } from '../../src/store/content/digest.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { formatFailure } from '../../src/util/failure.ts';
import { aibHome } from '../../src/util/files/home.ts';
import { testFolder } from '../../src/util/files/test-folder.ts';
import { ok, type Result } from '../../src/util/result.ts';

type Change = (project: Project) => Project;

export class WhyRig {
  readonly folder = testFolder('why');
  readonly #mirror: string;
  readonly #store: Store;
  readonly #builtin: ReturnType<typeof builtinRunner>;
  /** What another version of aib would do differently. */
  change: Change = project => project;
  options: Partial<ProjectOptions> = {};

  constructor(mirror: string) {
    this.#mirror = mirror;
    for (const name of ['configs', 'scripts'])
      cpSync(join(aibHome(), name), join(this.folder, 'work', name), { recursive: true });
    cpSync(join(aibHome(), 'src/guest'), join(this.folder, 'home/src/guest'), { recursive: true });
    mkdirSync(join(this.folder, 'home/node_modules/.aib'), { recursive: true });
    writeFileSync(join(this.folder, 'home/node_modules/.aib/drive.mjs'), '// drives\n');
    this.#store = must(openStore(this.path('.cache'), { now: Date.now, onNotice: () => {} }));
    this.#builtin = builtinRunner(this.#store, { entry: builtinEntry() });
    onTestFinished(() => {
      this.#builtin.close();
      this.#store.close();
    });
  }

  path(...names: readonly string[]): string {
    return join(this.folder, 'work', ...names);
  }

  /** Changes a file, by its path below the rig's folder; the function must change something. */
  edit(name: string, change: (text: string) => string): void {
    const path = join(this.folder, name);
    const before = readFileSync(path, 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`the edit of ${name} changes nothing`);
    writeFileSync(path, after);
  }

  async build(label: string): Promise<void> {
    const unlocked = await this.#project();
    const node = unlocked.graph.nodes.get(label as Label);
    if (node === undefined) throw new Error(`no node ${label}`);
    const targets = [targetOf(node)];
    const runners = {
      command: standIn(this.#store),
      builtin: this.#builtin,
      fetch: inProcessRunner(this.#store, fetchPrograms(unlocked.mirror)),
    };
    const { signal } = new AbortController();
    const context = { session: { options: {}, signal }, store: this.#store, runners, emit: () => {} };
    const project = must(await lockTargets(unlocked, targets, context));
    const { failures } = await build({
      graph: project.graph,
      targets,
      store: this.#store,
      runners,
      capacity: {},
      onFailure: 'stop',
      signal: new AbortController().signal,
      emit: () => {},
      run: this.#store.history.begin('test', Date.now()),
    });
    for (const failure of failures.values()) throw new Error(formatFailure(failure));
  }

  async now(label: string): Promise<Explanation> {
    return this.#explain(label, explainer => explainer.now(label as Label));
  }

  async last(label: string): Promise<Explanation> {
    const explanation = await this.#explain(label, explainer => explainer.last(label as Label));
    if (explanation === undefined) throw new Error(`${label} was never made`);
    return explanation;
  }

  /** As `aib why` prints it. */
  text(explanation: Explanation): string {
    return explanationLines(explanation, { folder: this.path() }).join('\n');
  }

  async #explain<T>(
    label: string,
    ask: (explainer: Awaited<ReturnType<typeof projectWhy>>['explainer']) => Promise<T>,
  ): Promise<T> {
    const project = await this.#project();
    const node = project.graph.nodes.get(label as Label);
    if (node === undefined) throw new Error(`no node ${label}`);
    const { explainer } = await projectWhy(project, [targetOf(node)], { store: this.#store });
    return ask(explainer);
  }

  async #project(): Promise<Project> {
    const workspace = {
      folder: this.path(),
      home: join(this.folder, 'home'),
      cache: this.path('.cache'),
      localConfig: this.path('aib.local.conf'),
    };
    const { signal } = new AbortController();
    const project = (more: { readonly update?: true } = {}) =>
      loadProject(workspace, {
        mirror: [this.#mirror],
        today: () => '2024-10-01',
        signal,
        onNotice: () => {},
        ...this.options,
        ...more,
      });
    if (this.options.update === true) return this.change(must(await updateLockOf({ project, signal })).project);
    return this.change(must(await project()));
  }
}

/** Makes bytes from the action's key alone, as the output of a real worker depends only on what is in the key. */
function standIn({ blobs }: Store): Runner {
  return {
    execute: async spec => {
      const { key } = encodeAction(spec);
      const outputs: Record<string, Artifact> = {};
      for (const name of Object.keys(spec.outputs)) {
        const content = Buffer.from(`${key} ${name}`);
        const digest = name === 'disk' ? await putDisk(blobs, content) : blobs.putBytes(content);
        outputs[name] = { type: 'file', digest };
      }
      return ok({ outputs });
    },
  };
}

/** A disk of 1 MiB that starts with `content`, in the output format of a disk action. */
async function putDisk(blobs: Store['blobs'], content: Uint8Array): Promise<Digest> {
  const folder = temporaryFolder();
  const [raw, packed] = [join(folder.path, 'raw'), join(folder.path, 'packed')];
  await packDisk(rawDisk(makeRaw(raw, 1 << 20, [{ at: 0, bytes: content }])), packed);
  const digest = blobs.putBytes(readFileSync(packed));
  folder.remove();
  return digest;
}

/** A copy of a mirror in which one package of a repository has another version, with valid signatures. */
export async function mirrorWithPackage(mirror: string, repository: string, spec: PackageSpec): Promise<string> {
  const folder = testFolder('mirror');
  copyByLinks(mirror, folder);
  const apk = await packApk(spec, 'x86_64');
  writeFileSync(join(folder, repository, apk.fileName), apk.bytes);
  const index = join(folder, repository, 'APKINDEX.tar.gz');
  const entries = await unpackTar(gunzipSync(readFileSync(index)));
  const text = Buffer.from(entries.find(({ path }) => path === 'APKINDEX')?.content ?? []).toString();
  const records = text.split('\n\n').map(record => {
    if (!record.split('\n').includes(`P:${spec.name}`)) return record;
    return record
      .replace(/^C:.*$/m, `C:${apk.checksum}`)
      .replace(/^V:.*$/m, `V:${spec.version}`)
      .replace(/^S:.*$/m, `S:${apk.bytes.byteLength}`);
  });
  const packed = gzip(
    await packTar([
      member('DESCRIPTION', Buffer.from('another'), 0o644, spec.buildTime),
      member('APKINDEX', Buffer.from(records.join('\n\n')), 0o644, spec.buildTime),
    ]),
  );
  // A link leads to the mirror's own file.
  rmSync(index);
  writeFileSync(index, Buffer.concat([await signatureMember(packed), packed]));
  return folder;
}

function copyByLinks(from: string, to: string): void {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const target = join(to, entry.parentPath.slice(from.length), entry.name);
    mkdirSync(dirname(target), { recursive: true });
    try {
      linkSync(join(entry.parentPath, entry.name), target);
    } catch {
      // Another filesystem.
      cpSync(join(entry.parentPath, entry.name), target);
    }
  }
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(formatFailure(result.error));
  return result.value;
}
