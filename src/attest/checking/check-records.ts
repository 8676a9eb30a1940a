/**
 * Whether signed records vouch for an image: of each what is wrong with it, and whether enough of those who are trusted signed one with which nothing
 * is. Believes nothing of a record but what a trusted key signed.
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

/** Finds the files that records are about. A fault is a sentence without its full stop. */
export type FaultOfSubjects = (subjects: readonly Subject[]) => Promise<string | undefined>;

interface CheckedRecord {
  readonly path: string;
  /** What it says; undefined if it is not known or not believed. */
  readonly says: string | undefined;
  /** Names of the trusted keys that signed it. */
  readonly signers: readonly string[];
  /** Sentences without their full stops; none if it counts. */
  readonly faults: readonly string[];
}

export interface CheckedRecords {
  readonly records: readonly CheckedRecord[];
  /** Of the quorum, one name of each key that signed a record which counts. */
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

/** A signature of a stranger does no harm beside one that is trusted. */
function signersOf(envelope: Envelope, signers: readonly Signer[]) {
  const found: Signer[] = [];
  const faults: string[] = [];
  for (const signature of envelope.signatures) {
    const signer = signers.find(each => isSignedBy(envelope, signature, each));
    const meant = signers.find(({ id }) => id === signature.keyid);
    if (signer !== undefined) found.push(signer);
    else if (meant !== undefined)
      faults.push(`The signature of ${meant.names.join(', ')} does not fit: what it signed was changed`);
  }
  if (found.length === 0 && faults.length === 0)
    faults.push(`No key that is trusted signed it, but ${[...new Set(envelope.signatures.map(nameOf))].join(', ')}`);
  return { found: [...new Set(found)], faults };
}

/** As far as it looks like one: it may be anything. */
function nameOf({ keyid }: Signature): string {
  return /^[\w.:+/=-]{1,128}$/.test(keyid) ? `key ${keyid}` : 'a key without a good name';
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
    return { fault: `It is a record of another sort: ${JSON.stringify(predicateType.slice(0, 80))}` };
  const { value }: JsonReader = predicate.at('verdict');
  if (value === IDENTICAL) return { says: IDENTICAL };
  return { fault: `Its verdict is ${JSON.stringify(value)?.slice(0, 80)}, not ${IDENTICAL}` };
}
