/**
 * The differences of two provenances of one image: settings, inputs from outside, and the first steps that had other inputs or made other
 * bytes from the same inputs. Never checks signatures.
 */
import { JsonMismatch, type JsonReader } from '../../util/json-reader.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { PROVENANCE_TYPE } from '../provenance/provenance.ts';
import type { ReadStatement } from '../signing/statement.ts';

export interface Told {
  readonly label: string;
  /** Images by name, with their SHA-256. */
  readonly images: ReadonlyMap<string, string>;
  readonly settings: ReadonlyMap<string, string>;
  readonly builder: ReadonlyMap<string, string>;
  /** Digests of inputs from outside, by name. */
  readonly inputs: ReadonlyMap<string, string>;
  /** Keys of actions by label, inputs first. */
  readonly steps: ReadonlyMap<string, string>;
  /** Digests of the outputs of steps, by label. */
  readonly made: ReadonlyMap<string, string>;
}

/** A value is undefined if that side does not have it. */
export interface Parting {
  readonly name: string;
  readonly theirs: string | undefined;
  readonly ours: string | undefined;
}

interface StepParting {
  readonly label: string;
  /** Other bytes from the same inputs: the step is not reproducible, or one of the provenances is wrong. */
  readonly why: 'had other inputs' | 'made other bytes from the same inputs' | 'only theirs' | 'only ours';
}

export interface Comparison {
  readonly same: boolean;
  readonly images: readonly Parting[];
  readonly settings: readonly Parting[];
  readonly builder: readonly Parting[];
  readonly inputs: readonly Parting[];
  /** In build order. */
  readonly steps: readonly StepParting[];
}

/** A fault is a sentence without its full stop. */
export function readProvenance({ subject, predicateType, predicate }: ReadStatement): Result<Told, string> {
  if (predicateType !== PROVENANCE_TYPE)
    return fail(`The record is not a provenance but ${predicateType.slice(0, 80)}`);
  try {
    const definition = predicate.at('buildDefinition');
    const asked = definition.at('externalParameters');
    const made = new Map<string, string>();
    for (const each of listAt(predicate.at('runDetails'), 'byproducts')) {
      const name = each.at('name').text(/./, 'a name');
      made.set(name, `${made.get(name) ?? ''} ${digestIn(each)}`.trim());
    }
    return ok({
      label: asked.at('label').text(/^\/\//, 'a label'),
      images: new Map(subject.map(({ name, digest }) => [name, digest.sha256])),
      settings: leavesOf(asked.at('settings')),
      builder: leavesOf(predicate.at('runDetails').at('builder').at('version')),
      inputs: new Map(
        listAt(definition, 'resolvedDependencies').map(each => [each.at('name').text(/./, 'a name'), digestIn(each)]),
      ),
      steps: leavesOf(definition.at('internalParameters').at('actions')),
      made,
    });
  } catch (error) {
    if (!(error instanceof JsonMismatch)) throw error;
    return fail(`The provenance is invalid: ${error.message}, not ${error.got}`);
  }
}

export function compareProvenance(theirs: Told, ours: Told): Comparison {
  const images = partings(theirs.images, ours.images);
  return {
    same: images.length === 0,
    images,
    settings: partings(theirs.settings, ours.settings),
    builder: partings(theirs.builder, ours.builder),
    inputs: partings(theirs.inputs, ours.inputs),
    steps: stepPartings(theirs, ours),
  };
}

function partings(theirs: ReadonlyMap<string, string>, ours: ReadonlyMap<string, string>): readonly Parting[] {
  const names = [...new Set([...theirs.keys(), ...ours.keys()])];
  return names
    .map(name => ({ name, theirs: theirs.get(name), ours: ours.get(name) }))
    .filter(each => each.theirs !== each.ours);
}

function stepPartings(theirs: Told, ours: Told): readonly StepParting[] {
  const labels = [...new Set([...ours.steps.keys(), ...theirs.steps.keys()])];
  return labels.flatMap((label): readonly StepParting[] => {
    const [one, two] = [theirs.steps.get(label), ours.steps.get(label)];
    if (two === undefined) return [{ label, why: 'only theirs' }];
    if (one === undefined) return [{ label, why: 'only ours' }];
    if (one !== two) return [{ label, why: 'had other inputs' }];
    return madeBy(theirs, label) === madeBy(ours, label)
      ? []
      : [{ label, why: 'made other bytes from the same inputs' }];
  });
}

/** The output of the last step is the image. */
function madeBy({ made, steps, images }: Told, label: string): string | undefined {
  const isLast = label === [...steps.keys()].at(-1);
  return made.get(label) ?? (isLast ? [...images.values()].join(' ') : undefined);
}

function listAt(reader: JsonReader, name: string): readonly JsonReader[] {
  return reader.at(name).present ? reader.at(name).items() : [];
}

function digestIn(reader: JsonReader): string {
  const digests = reader.at('digest').entries();
  return digests.map(([name, value]) => `${name}:${value.text(/^[0-9a-f]+$/, 'lower-case hex')}`).join(' ');
}

/** Values by path; a value that is not a text is written as JSON. */
function leavesOf(reader: JsonReader, prefix = ''): ReadonlyMap<string, string> {
  if (!reader.present) return new Map();
  return new Map(
    reader.entries().flatMap(([name, { value }]): readonly (readonly [string, string])[] => {
      const path = prefix === '' ? name : `${prefix}.${name}`;
      if (typeof value === 'object' && value !== null && !Array.isArray(value))
        return [...leavesOf(reader.at(name), path)];
      return [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
    }),
  );
}
