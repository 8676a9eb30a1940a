/**
 * `aib verify LABEL --record FILE`: writes the verdict for others, and signs it if keys are given. Checks before the work that it can be
 * written.
 */
import { join } from 'node:path';
import { builderFacts } from '../../attest/provenance/run-facts.ts';
import { type Verification, verificationRecord } from '../../attest/provenance/verification-record.ts';
import { checkPlace, readWhole, writeWhole } from '../../attest/signing/record-file.ts';
import { signRecord } from '../../attest/signing/sign-record.ts';
import { formatStatement, readStatement } from '../../attest/signing/statement.ts';
import { MOST_BYTES } from '../../attest/signing/strict-json.ts';
import { imageName } from '../../config/image/image-name.ts';
import { variantLabel } from '../../rules/labels.ts';
import { imageFolder, PROVENANCE } from '../../rules/project/image-links.ts';
import { digestOf } from '../../store/content/digest.ts';
import { internal } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { BuiltProject } from '../session/build-flow.ts';
import type { Options } from '../words/options.ts';
import { readSigningKeys } from './attest.ts';

/** Writes the record of what was found. */
export type WriteRecord = (found: Pick<Verification, 'verdicts' | 'absent' | 'runs'>) => Result<void>;

/** To be called when the work begins. Without `--record` nothing is written. */
export function recordWriter({ record, key }: Options, built: BuiltProject): Result<WriteRecord> {
  if (record === undefined) {
    if (key === undefined) return ok(() => ok(undefined));
    return fail({
      code: 'AIB_USAGE',
      what: '--key requires --record, because it signs a record',
      hint: 'add --record FILE',
    });
  }
  const keys = readSigningKeys(key ?? []);
  if (!keys.ok) return keys;
  const place = checkPlace(record);
  if (!place.ok) return place;
  const image = imageOf(built);
  if (!image.ok) return image;
  const { arch, ...about } = image.value;
  const started = Date.now();
  return ok(found => {
    const who = { builder: builderFacts([arch]), started, finished: Date.now() };
    const text = formatStatement(verificationRecord({ ...about, ...found, ...who }));
    const signed = keys.value.length === 0 ? ok(text) : signRecord(Buffer.from(text), keys.value);
    if (!signed.ok) throw internal(`aib wrote an invalid record: ${signed.error}`);
    return writeWhole(record, signed.value);
  });
}

/** The subject of the record, from the provenance in the folder of the image. */
function imageOf({ project, targets, outputs, store }: BuiltProject) {
  const asked = new Set(targets.map(({ label }) => label));
  const [config, ...others] = project.configs.filter(({ variant }) => asked.has(variantLabel(variant.name, 'image')));
  if (config === undefined || others.length > 0) {
    const hint = 'aib verify //aws/x86_64/uefi/tiny --record tiny.verified.json';
    return fail({ code: 'AIB_USAGE', what: '--record requires the label of exactly one image', hint } as const);
  }
  const path = join(imageFolder(store, config), `${imageName(config, 0)}${PROVENANCE}`);
  const bytes = readWhole(path, MOST_BYTES);
  const hint = `run aib build ${config.variant.name}, which writes it`;
  if (!bytes.ok) return fail({ ...bytes.error, hint });
  const statement = readStatement(bytes.value);
  if (!statement.ok) return fail({ code: 'AIB_RECORD', what: statement.error, where: path, hint } as const);
  const { subject } = statement.value;
  const built = outputs.get(variantLabel(config.variant.name, 'image'))?.image?.digest.hash;
  if (!subject.every(({ digest }) => digest.sha256 === built))
    return fail({ code: 'AIB_RECORD', what: 'The provenance belongs to another image', where: path, hint } as const);
  return ok({
    subject,
    label: config.variant.name,
    arch: config.arch,
    provenance: { sha256: digestOf(bytes.value).hash },
  });
}
