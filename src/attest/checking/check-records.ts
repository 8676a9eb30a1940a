/**
 * Checks whether signed records vouch for an image: the faults of each record, and whether enough trusted keys signed a record without
 * faults. Never uses anything in a record that no trusted key signed.
 */
import type { JsonReader } from '../../util/json-reader.ts';
import { PROVENANCE_TYPE } from '../provenance/provenance.ts';
import { IDENTICAL, VERIFICATION_TYPE } from '../provenance/verification-record.ts';
import { type Envelope, isSignedBy, readEnvelope, type Signature } from '../signing/envelope.ts';
import { type ReadStatement, readStatement, type Subject } from '../signing/statement.ts';
import type { Quorum, Signer } from './trusted-signers.ts';

export interface RecordFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Checks the subjects of a record. A fault is a sentence without its full stop. */
export type FaultOfSubjects = (subjects: readonly Subject[]) => Promise<string | undefined>;

interface CheckedRecord {
  readonly path: string;
  /** Its statement; undefined if it is unknown or not signed by a trusted key. */
  readonly says: string | undefined;
  /** Names of the trusted keys that signed it. */
  readonly signers: readonly string[];
  /** Sentences without their full stops; empty if the record counts. */
  readonly faults: readonly string[];
}

export interface CheckedRecords {
  readonly records: readonly CheckedRecord[];
  /** For each key of the quorum that signed a record that counts, one of its names. */
  readonly vouching: readonly string[];
  readonly isEnough: boolean;
}

export async function checkRecords(
  files: readonly RecordFile[],
  {
    signers,
    quorum,
    faultOfSubjects,
  }: {
    readonly signers: readonly Signer[];
    readonly quorum: Quorum;
    readonly faultOfSubjects: FaultOfSubjects;
  },
): Promise<CheckedRecords> {
  const vouching = new Map<string, string>();
  const records: CheckedRecord[] = [];
  for (const { path, bytes } of files) {
    const envelope = readEnvelope(bytes);
    if (!envelope.ok) {
      records.push({ path, says: undefined, signers: [], faults: [envelope.error] });
      continue;
    }
    const { found, faults } = signersOf(envelope.value, signers);
    const told = found.length === 0 ? undefined : await tell(envelope.value.payload, faultOfSubjects);
    const all = [...faults, ...(told?.fault ?? [])];
    records.push({ path, says: told?.says, signers: found.flatMap(({ names }) => names), faults: all });
    if (all.length > 0) continue;
    for (const { id, names } of found) {
      const name = names.find(each => quorum.names.includes(each));
      if (name !== undefined) vouching.set(id, name);
    }
  }
  const isEnough = records.every(({ faults }) => faults.length === 0) && vouching.size >= quorum.count;
  return { records, vouching: [...vouching.values()], isEnough };
}

/** Signatures with unknown keys are ignored if there is a trusted one. */
function signersOf(envelope: Envelope, signers: readonly Signer[]) {
  const found: Signer[] = [];
  const faults: string[] = [];
  for (const signature of envelope.signatures) {
    const signer = signers.find(each => isSignedBy(envelope, signature, each));
    const meant = signers.find(({ id }) => id === signature.keyid);
    if (signer !== undefined) found.push(signer);
    else if (meant !== undefined)
      faults.push(`The signature of ${meant.names.join(', ')} is invalid: the signed content was changed`);
  }
  if (found.length === 0 && faults.length === 0)
    faults.push(
      `It is not signed by a trusted key, only by ${[...new Set(envelope.signatures.map(nameOf))].join(', ')}`,
    );
  return { found: [...new Set(found)], faults };
}

/** The key id is not signed and may be any text, so it is shown only if it looks like an id. */
function nameOf({ keyid }: Signature): string {
  return /^[\w.:+/=-]{1,128}$/.test(keyid) ? `key ${keyid}` : 'a key without a valid id';
}

async function tell(payload: Uint8Array, faultOfSubjects: FaultOfSubjects) {
  const statement = readStatement(payload);
  if (!statement.ok) return { says: undefined, fault: [statement.error] };
  const { says, fault } = saidBy(statement.value);
  const other = await faultOfSubjects(statement.value.subject);
  return { says, fault: [fault, other].filter(each => each !== undefined) };
}

function saidBy({ predicateType, predicate }: ReadStatement): { readonly says?: string; readonly fault?: string } {
  if (predicateType === PROVENANCE_TYPE) return { says: 'provenance' };
  if (predicateType !== VERIFICATION_TYPE)
    return { fault: `Its record type is not supported: ${JSON.stringify(predicateType.slice(0, 80))}` };
  const { value }: JsonReader = predicate.at('verdict');
  if (value === IDENTICAL) return { says: IDENTICAL };
  return { fault: `Its verdict is ${JSON.stringify(value)?.slice(0, 80)}, not ${IDENTICAL}` };
}
