/**
 * The ancestors of an image, from the graph and the records of the store: nodes that were built here with their runs, fetched files, and
 * files of the project. Never examines a node twice, because hundreds of images share most of them.
 */
import { pathToFileURL } from 'node:url';
import { isForeign } from '../../alpine/mirror/foreign-address.ts';
import { isUrl } from '../../alpine/mirror/mirror-address.ts';
import { indexPath, packagePath } from '../../alpine/mirror/mirror-layout.ts';
import { describe } from '../../engine/build/decide.ts';
import {
  type ActionNode,
  type Graph,
  inputsAmong,
  type Label,
  type Node,
  type Outputs,
  reachable,
} from '../../engine/model/graph.ts';
import { sourceLabel } from '../../rules/labels.ts';
import type { Artifact } from '../../store/content/artifact.ts';
import type { Sha256 } from '../../store/content/digest.ts';
import { decodeDirectory } from '../../store/content/directory.ts';
import type { Maker } from '../../store/history/run-log.ts';
import type { Store } from '../../store/store.ts';
import type { DigestSet } from '../signing/statement.ts';
import { factsOfRun, type RunFacts } from './run-facts.ts';

/** As in in-toto and SLSA. */
export interface ResourceDescriptor {
  readonly name: string;
  readonly uri?: string;
  readonly digest: DigestSet;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface MadeHere {
  readonly type: 'made';
  readonly label: Label;
  readonly kind: string;
  readonly key: Sha256;
  readonly outputs: Outputs;
  /** The oldest first; empty if the history does not contain them any more. */
  readonly makers: readonly Maker[];
}

interface FromOutside {
  readonly type: 'outside';
  readonly resources: readonly ResourceDescriptor[];
  /** Only for a package: the index that lists it. */
  readonly index?: string;
  /** Only for fetched files: as in MadeHere. */
  readonly makers?: readonly Maker[];
}

export type Ancestor = MadeHere | FromOutside;

export class Ancestry {
  readonly #graph: Graph;
  readonly #outputs: ReadonlyMap<Label, Outputs>;
  readonly #store: Store;
  readonly #known = new Map<Label, Ancestor>();
  readonly #facts = new Map<number, RunFacts | undefined>();

  constructor(graph: Graph, outputs: ReadonlyMap<Label, Outputs>, store: Store) {
    this.#graph = graph;
    this.#outputs = outputs;
    this.#store = store;
  }

  /** The ancestors of a node; the last one is the node itself. */
  async of(label: Label): Promise<readonly Ancestor[]> {
    const found: Ancestor[] = [];
    for (const node of reachable(this.#graph, [label])) {
      const known = this.#known.get(node.label) ?? (await this.#look(node));
      if (known === undefined) continue;
      this.#known.set(node.label, known);
      found.push(known);
    }
    return found;
  }

  factsOf(run: number): RunFacts | undefined {
    if (!this.#facts.has(run)) this.#facts.set(run, factsOfRun(this.#store, run));
    return this.#facts.get(run);
  }

  /** The resources with the addresses from which they were fetched up to the end of the run. */
  resourcesOf({ resources, makers }: FromOutside, run: number): readonly ResourceDescriptor[] {
    const mirrors = this.factsOf(makerUntil(run, makers ?? [])?.run ?? 0)?.mirrors;
    if (mirrors === undefined) return resources;
    return resources.map(({ name, digest }) => ({ name, ...addressOf(name, mirrors), digest }));
  }

  async #look(node: Node): Promise<Ancestor | undefined> {
    const outputs = this.#outputs.get(node.label);
    if (outputs === undefined || node.type === 'external') return undefined;
    return node.type === 'leaf' ? this.#read(node.label, outputs) : this.#made(node, outputs);
  }

  #made(node: ActionNode, outputs: Outputs): Ancestor | undefined {
    const { label, kind } = node;
    const described = describe(node, inputsAmong(node, this.#outputs));
    if (!described.ok) return undefined;
    const { action, encoded } = described.value;
    const makers = this.#makersOf(label, encoded.key);
    if (action.sort !== 'fetch') return { type: 'made', label, kind, key: encoded.key, outputs, makers };
    const { environment } = action.spec;
    const resources = [fetchedFile(kind, environment, outputs)];
    const index = kind === 'package' ? { index: environment.REPOSITORY ?? '' } : {};
    return { type: 'outside', resources, makers, ...index };
  }

  /** If two labels have the same action, it is recorded under one of them. */
  #makersOf(label: Label, key: Sha256): readonly Maker[] {
    const { runs, records } = this.#store;
    const own = runs.makersOf(label, key);
    return own.length > 0 ? own : runs.makersOf(records.find(key)?.label ?? label, key);
  }

  async #read(label: Label, outputs: Outputs): Promise<FromOutside> {
    const resources: ResourceDescriptor[] = [];
    const name = label.startsWith(SOURCES) ? label.slice(SOURCES.length) : label.slice('//'.length);
    const { file, tree, ...others } = outputs;
    if (file !== undefined) resources.push({ name, digest: digestSet(file) });
    if (tree !== undefined) resources.push(...(await this.#filesIn(name, tree)));
    for (const [output, artifact] of Object.entries(others))
      resources.push(...(await this.#filesIn(`${name}/${output}`, artifact)));
    return { type: 'outside', resources };
  }

  async #filesIn(name: string, { type, digest }: Artifact): Promise<readonly ResourceDescriptor[]> {
    if (type === 'file') return [{ name, digest: { sha256: digest.hash } }];
    const found: ResourceDescriptor[] = [];
    for (const [inner, entry] of decodeDirectory(await this.#store.blobs.read(digest)) ?? [])
      if (entry.type !== 'symlink') found.push(...(await this.#filesIn(`${name}/${inner}`, entry)));
    return found;
  }
}

const SOURCES = sourceLabel('');

/** The digest of a folder is that of its list, which is not the content of a file. */
export function digestSet({ type, digest }: Artifact): DigestSet {
  return type === 'file' ? { sha256: digest.hash } : { directorySha256: digest.hash };
}

/** The file that was fetched, not the output: of an ISO, the output has only kernel and initramfs. */
function fetchedFile(
  kind: string,
  environment: Readonly<Record<string, string>>,
  outputs: Outputs,
): ResourceDescriptor {
  const { ISO = '', INDEX = '', REPOSITORY = '', NAME = '', VERSION = '', SHA256 = '', SHA512 = '' } = environment;
  if (kind === 'iso') return { name: ISO, digest: { sha256: SHA256, sha512: SHA512 } };
  if (kind === 'index') return { name: indexPath(INDEX), digest: { sha256: SHA256 } };
  const sha256 = outputs.package?.digest.hash ?? '';
  return { name: packagePath(REPOSITORY, { name: NAME, version: VERSION }), digest: { sha256 } };
}

/** The address of a file of a mirror; known only if there was a single mirror. */
function addressOf(path: string, mirrors: readonly string[]): { readonly uri?: string } {
  const [mirror] = mirrors;
  const place = isForeign(path) ? path : mirrors.length === 1 ? `${mirror}/${path}` : undefined;
  if (place === undefined) return {};
  return { uri: isUrl(place) ? place : pathToFileURL(place).href };
}

/** The last execution that was not later than the run. */
export function makerUntil(run: number, makers: readonly Maker[]): Maker | undefined {
  return makers.findLast(maker => maker.run <= run);
}
