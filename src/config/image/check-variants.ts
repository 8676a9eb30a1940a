/**
 * Validates what is known only after the merge: placeholders, missing settings, names that two variants share. Assumes a release for every
 * version, so it requires no lock.
 */
import type { Failure } from '../../util/failure.ts';
import { type Complaint, type Sources, withExcerpt, wordLength } from '../tree/complaint.ts';
import type { NamedVariant } from '../tree/label.ts';
import { settingAt } from '../tree/merge.ts';
import { nameFault } from '../tree/name-rules.ts';
import { type ImageConfig, readImage } from './image-config.ts';
import { missingSettings } from './needed-settings.ts';
import { SettingsReader } from './setting-reader.ts';

/** `reported`: places with a fault that is already reported. */
export function checkVariants(
  variants: readonly NamedVariant[],
  sources: Sources,
  reported: ReadonlySet<string>,
): readonly Complaint[] {
  const found = new Map<string, Complaint>();
  const add = (failure: Failure): void => {
    // A value of the wrong form is already reported in its block, with its own place.
    if (failure.where !== undefined && (reported.has(failure.where) || failure.code === 'AIB_CONFIG_VALUE')) return;
    const id = `${failure.where} ${failure.what}`;
    if (!found.has(id)) found.set(id, { failure: quoted(failure, sources), severity: 'error' });
  };
  const names = new Map<string, ImageConfig>();
  for (const variant of variants) {
    const { config, failures } = readImage(variant, { release: '0.0.0', endOfLife: '', notes: '', sample: false });
    // An invalid part is already reported in its block, too.
    const known = new SettingsReader(variant.variant.settings).texts('name').some(part => nameFault(part, 'part'));
    for (const failure of failures) if (!known || failure.code !== 'AIB_CONFIG_PATH') add(failure);
    const name = `${config.cloud} ${config.version} ${config.name}`;
    const other = names.get(name);
    names.set(name, config);
    if (other !== undefined && config.name !== '') add(sameName(other, config));
  }
  for (const failure of missingSettings(variants)) add(failure);
  return [...found.values()];
}

function sameName(one: ImageConfig, other: ImageConfig): Failure {
  const origin = settingAt(other.variant.variant.settings, 'name')?.origins[0];
  return {
    code: 'AIB_CONFIG_NAME',
    // The same text for every pair, so that only the first is reported.
    what: 'Two variants have the same name',
    ...(origin === undefined ? {} : { where: `${origin.file}:${origin.line}:${origin.column}` }),
    got: `${one.name}, of ${one.variant.name} and ${other.variant.name}`,
    hint: 'add what differs between them to `name`, such as {arch} or {firmware}',
  };
}

function quoted(failure: Failure, sources: Sources): Failure {
  const [, file = '', line, column] = /^(.*):(\d+):(\d+)$/.exec(failure.where ?? '') ?? [];
  if (line === undefined) return failure;
  const at = { file, line: Number(line), column: Number(column) };
  return withExcerpt(failure, at, wordLength(at, sources), sources);
}
