/**
 * `aib verify --against PLACE`: reads the provenance of another builder from a file, a folder or the web, and compares the image built here
 * with it.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isUrl, webAddress } from '../../alpine/mirror/mirror-address.ts';
import { DEFAULT_SETTINGS, SingleMirror } from '../../alpine/mirror/single-mirror.ts';
import {
  type Comparison,
  compareProvenance,
  readProvenance,
  type Told,
} from '../../attest/checking/compare-provenance.ts';
import { isEnvelope, readEnvelope } from '../../attest/signing/envelope.ts';
import { readWhole } from '../../attest/signing/record-file.ts';
import { readStatement } from '../../attest/signing/statement.ts';
import { MOST_BYTES, readStrictJson } from '../../attest/signing/strict-json.ts';
import { imageName } from '../../config/image/image-name.ts';
import { imageFolder, PROVENANCE } from '../../rules/project/image-links.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { BuiltProject } from '../session/build-flow.ts';

export interface Theirs extends Told {
  /** As it was named. */
  readonly place: string;
}

/** If a folder contains several, the one of the label; without a label the folder must contain exactly one. */
export async function readTheirs(place: string, label: string | undefined): Promise<Result<Theirs>> {
  const bytes = await bytesOf(place, label);
  if (!bytes.ok) return bytes;
  const told = toldBy(bytes.value);
  return told.ok ? ok({ place, ...told.value }) : fail({ code: 'AIB_RECORD', what: told.error, where: place });
}

/** Compares with the provenance in the folder of the image here. */
export function compareWith(theirs: Theirs, { project, store }: BuiltProject): Result<Comparison> {
  const config = project.configs.find(({ variant }) => variant.name === theirs.label);
  if (config === undefined)
    return fail({
      code: 'AIB_RECORD',
      what: 'The provenance belongs to no image of this project',
      where: theirs.place,
      got: theirs.label,
    });
  const path = join(imageFolder(store, config), `${imageName(config, 0)}${PROVENANCE}`);
  const bytes = readWhole(path, MOST_BYTES);
  if (!bytes.ok) return fail({ ...bytes.error, hint: `run aib build ${theirs.label}, which writes it` });
  const ours = toldBy(bytes.value);
  return ours.ok
    ? ok(compareProvenance(theirs, ours.value))
    : fail({ code: 'AIB_RECORD', what: ours.error, where: path });
}

/** Signed or not. */
function toldBy(bytes: Uint8Array): Result<Told, string> {
  const document = readStrictJson(bytes);
  if (!document.ok) return fail(`The provenance is invalid: it is ${document.error}`);
  const envelope = isEnvelope(document.value) ? readEnvelope(bytes) : undefined;
  if (envelope !== undefined && !envelope.ok) return envelope;
  const statement = readStatement(envelope?.value.payload ?? bytes);
  return statement.ok ? readProvenance(statement.value) : statement;
}

/** An envelope is larger than its payload. */
const MOST_IN_FILE = 2 * MOST_BYTES;

async function bytesOf(place: string, label: string | undefined): Promise<Result<Uint8Array>> {
  if (isUrl(place)) {
    const url = webAddress(place, 'provenance');
    if (!url.ok) return url;
    const names = decodeURIComponent(url.value.pathname).slice(1);
    const server = new SingleMirror({ kind: 'web', spec: url.value.origin }, DEFAULT_SETTINGS);
    return server.fetch(names, { maxBytes: MOST_IN_FILE });
  }
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() === true
    ? inFolder(place, label)
    : readWhole(place, MOST_IN_FILE);
}

function inFolder(folder: string, label: string | undefined): Result<Uint8Array> {
  const names = readdirSync(folder).filter(name => name.endsWith(PROVENANCE));
  const found = names.flatMap(name => {
    const bytes = readWhole(join(folder, name), MOST_IN_FILE);
    const told = bytes.ok ? toldBy(bytes.value) : bytes;
    return bytes.ok && told.ok && (label === undefined || isOf(label, told.value)) ? [bytes.value] : [];
  });
  const [one, ...others] = found;
  if (one !== undefined && others.length === 0) return ok(one);
  const got = found.length === 0 ? 'none' : String(found.length);
  const of = label === undefined ? '' : ` of ${label}`;
  return fail({ code: 'AIB_RECORD', what: `The folder must contain exactly one provenance${of}`, where: folder, got });
}

/** Labels are often written without the version. */
function isOf(label: string, told: Told): boolean {
  return told.label === label || told.label.startsWith(`${label}@`);
}
