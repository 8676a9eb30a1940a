/** `aib attest sign` and `aib attest verify`: records about images, signed and checked. Needs no project, no store and no network. */
import { checkRecords } from '../../attest/checking/check-records.ts';
import { comparingAmong, comparingWith } from '../../attest/checking/subject-files.ts';
import { quorumOf, trustedSigners } from '../../attest/checking/trusted-signers.ts';
import { readWhole, writeWhole } from '../../attest/signing/record-file.ts';
import { signRecord } from '../../attest/signing/sign-record.ts';
import { readSigningKey, type SigningKey } from '../../attest/signing/signing-key.ts';
import { MOST_BYTES } from '../../attest/signing/strict-json.ts';
import { attestationLines } from '../../report/tables/attestation-lines.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { EXIT, notice, showFailure } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import type { Options } from '../words/options.ts';

/** An envelope is larger than its payload by a third. */
const MOST_IN_FILE = 2 * MOST_BYTES;

export async function attestCommand(action: string, paths: readonly string[], options: Options): Promise<number> {
  const done = action === 'verify' ? await verifyRecords(paths, options) : await sign(action, paths, options);
  return done.ok ? done.value : showFailure(done.error);
}

async function sign(action: string, paths: readonly string[], options: Options): Promise<Result<number>> {
  const [path] = paths;
  if (action !== 'sign' || path === undefined || paths.length > 1 || options.key === undefined) {
    const hint = 'aib attest sign STATEMENT --key FILE, or aib attest verify RECORD… --trust NAME=FILE';
    return fail({
      code: 'AIB_USAGE',
      what: 'aib attest requires sign, one record and --key, or verify and at least one record',
      hint,
    });
  }
  const keys = readSigningKeys(options.key);
  if (!keys.ok) return keys;
  const bytes = readWhole(path, MOST_IN_FILE);
  if (!bytes.ok) return bytes;
  const text = signRecord(bytes.value, keys.value);
  if (!text.ok) return fail({ code: 'AIB_RECORD', what: text.error, where: path });
  if (options.output === undefined) await printLines([text.value.trimEnd()]);
  const written = options.output === undefined ? ok(undefined) : writeWhole(options.output, text.value);
  return written.ok ? ok(EXIT.done) : written;
}

export function readSigningKeys(paths: readonly string[]): Result<readonly SigningKey[]> {
  const keys: SigningKey[] = [];
  for (const path of paths) {
    const key = readSigningKey(path);
    if (!key.ok) return key;
    keys.push(key.value);
  }
  return ok(keys);
}

async function verifyRecords(paths: readonly string[], options: Options): Promise<Result<number>> {
  const signers = trustedSigners(options.trust ?? []);
  if (!signers.ok) return signers;
  const quorum = quorumOf(options.require, signers.value);
  if (!quorum.ok) return quorum;
  if (options.image === undefined) notice('the records are compared with no file: name one with --image');
  const faultOfSubjects = options.image === undefined ? ok(comparingAmong()) : comparingWith(options.image);
  if (!faultOfSubjects.ok) return faultOfSubjects;
  const files = [];
  for (const path of paths) {
    const bytes = readWhole(path, MOST_IN_FILE);
    if (!bytes.ok) return bytes;
    files.push({ path, bytes: bytes.value });
  }
  const checked = await checkRecords(files, {
    signers: signers.value,
    quorum: quorum.value,
    faultOfSubjects: faultOfSubjects.value,
  });
  const lines =
    options.json === true
      ? [JSON.stringify({ ...checked, required: quorum.value })]
      : attestationLines(checked, quorum.value);
  await printLines(lines);
  return ok(checked.isEnough ? EXIT.done : EXIT.found);
}
