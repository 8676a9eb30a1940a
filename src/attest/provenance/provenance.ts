/**
 * The provenance of an image, as an in-toto statement with SLSA's predicate (https://slsa.dev/spec/v1.0/provenance; aib's fields:
 * docs/verification.md). Contains what the store has recorded about the run that made the image, and never anything that is not recorded.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { indexPath } from '../../alpine/mirror/mirror-layout.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { variantRecord } from '../../config/image/record.ts';
import type { Graph, Label, Outputs } from '../../engine/model/graph.ts';
import { kindOf } from '../../rules/kinds/kind-table.ts';
import { variantLabel } from '../../rules/labels.ts';
import type { DescribedImage } from '../../rules/project/image-links.ts';
import type { Maker } from '../../store/history/run-log.ts';
import type { Store } from '../../store/store.ts';
import { formatStatement, type Subject, statementOf } from '../signing/statement.ts';
import { type Ancestor, Ancestry, digestSet, type MadeHere, makerUntil, type ResourceDescriptor } from './ancestry.ts';
import type { RunFacts } from './run-facts.ts';

export const PROVENANCE_TYPE = 'https://slsa.dev/provenance/v1';
/** These are names, not addresses: nothing is fetched from them. */
const BUILD_TYPE = 'urn:aib:build:image:v1';
const BUILDER_ID = 'urn:aib:builder:v1';

/** Not the number of any run. */
const UNKNOWN = 0;

/** Writes the provenances of one build; an existing provenance, `before`, stays if it is still true. */
export function provenanceWriter(
  graph: Graph,
  outputs: ReadonlyMap<Label, Outputs>,
  store: Store,
): (image: DescribedImage) => Promise<string> {
  const ancestry = new Ancestry(graph, outputs, store);
  return async ({ config, file, sha256, sha512, before }) => {
    const subject: Subject = { name: file, digest: { sha256, ...(sha512 === undefined ? {} : { sha512 }) } };
    const ancestors = await ancestry.of(variantLabel(config.variant.name, 'image'));
    const made = ancestors.filter(each => each.type === 'made');
    const run = runThatMade(made);
    const facts = ancestry.factsOf(run);
    const predicate = {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: { label: config.variant.name, settings: settingsOf(config, made), ...facts?.asked },
        internalParameters: {
          ...(facts === undefined ? {} : { mirrors: facts.mirrors }),
          actions: Object.fromEntries(made.map(({ label, key }) => [label, key])),
        },
        resolvedDependencies: dependenciesOf(ancestors, ancestry, run),
      },
      runDetails: {
        builder: { id: BUILDER_ID, ...(facts === undefined ? {} : builderOf(facts)) },
        metadata: run === UNKNOWN ? {} : metadataOf(store, run),
        byproducts: made.slice(0, -1).flatMap(each => byproductsOf(each, run, store)),
      },
    };
    const statement = statementOf([subject], PROVENANCE_TYPE, predicate);
    return before !== undefined && isOfAnotherRun(before, statement) ? before : formatStatement(statement);
  };
}

type Provenance = ReturnType<
  typeof statementOf<{
    readonly buildDefinition: { readonly internalParameters: { readonly actions: Readonly<Record<string, string>> } };
    readonly runDetails: { readonly metadata: { readonly invocationId?: string } };
  }>
>;

/**
 * The run after which the image existed with exactly these ancestors: the run of its own action, or a later run in which an ancestor was
 * built from other inputs, with the same result.
 */
function runThatMade(made: readonly MadeHere[]): number {
  const own = made.at(-1)?.makers.at(-1)?.run;
  return own === undefined ? UNKNOWN : Math.max(own, ...made.map(({ makers }) => makers[0]?.run ?? 0));
}

function metadataOf(store: Store, run: number) {
  const record = store.runs.find(run);
  return {
    invocationId: invocationId(store, run),
    ...(record === undefined ? {} : { startedOn: time(record.started) }),
    ...(record?.ended === undefined ? {} : { finishedOn: time(record.ended) }),
  };
}

/** The id of the store, and the number of the run in it. */
function invocationId(store: Store, run: number): string {
  return `${readFileSync(join(store.folder, 'id'), 'utf8').trim()}/${run}`;
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** The settings that decide its bytes: its name, its regions and its permissions can change without a change of the image. */
function settingsOf(config: ImageConfig, made: readonly MadeHere[]) {
  const parameters = made.flatMap(({ kind }) => Object.values(kindOf(kind)?.parameters ?? {}));
  const reaching = new Set<string>([
    ...config.variant.variant.keys.keys(),
    ...parameters.flatMap(({ settings = [] }) => settings),
    ...['release', 'script_dirs', 'repo_keys'],
  ]);
  return Object.fromEntries(Object.entries(variantRecord(config)).filter(([name]) => reaching.has(name)));
}

/** The lock and the indexes at the time of the run are not inputs of an action, but they decided which packages were used. */
function dependenciesOf(
  ancestors: readonly Ancestor[],
  ancestry: Ancestry,
  run: number,
): readonly ResourceDescriptor[] {
  const facts = ancestry.factsOf(run);
  const outside = ancestors.filter(each => each.type === 'outside');
  const listed = new Set(outside.flatMap(({ index }) => index ?? []));
  const indexes = Object.entries(facts?.indexes ?? {}).filter(([path]) => listed.has(path));
  return [
    ...outside.flatMap(each => ancestry.resourcesOf(each, run)),
    ...indexes.map(([path, sha256]) => ({ name: indexPath(path), digest: { sha256 } })),
    ...(facts === undefined ? [] : [{ name: facts.lock.name, digest: { sha256: facts.lock.sha256 } }]),
  ];
}

function builderOf({ builder }: RunFacts) {
  return {
    version: builder.version,
    builderDependencies: Object.entries(builder.programs).map(([name, sha256]) => ({ name, digest: { sha256 } })),
  };
}

/** The intermediate outputs, each with its time, because it may be older than the image. */
function byproductsOf({ label, kind, outputs, makers }: MadeHere, run: number, store: Store) {
  const maker = makerUntil(run, makers);
  return Object.entries(outputs).map(([output, artifact]) => ({
    name: label,
    digest: digestSet(artifact),
    annotations: { kind, output, ...(maker === undefined ? {} : timesOf(maker, store)) },
  }));
}

function timesOf({ run, started, duration }: Maker, store: Store) {
  return { invocationId: invocationId(store, run), startedOn: time(started), finishedOn: time(started + duration) };
}

/** Whether a text describes the same bytes, made by the same actions in another run: it is still true, and may have been signed. */
function isOfAnotherRun(text: string, statement: Provenance): boolean {
  let before: Provenance;
  try {
    before = JSON.parse(text) as Provenance;
    const run = before.predicate.runDetails.metadata.invocationId;
    if (run === undefined || run === statement.predicate.runDetails.metadata.invocationId) return false;
    const told = ({ subject, predicate }: Provenance) =>
      JSON.stringify([subject, predicate.buildDefinition.internalParameters.actions]);
    return told(before) === told(statement);
  } catch {
    return false;
  }
}
