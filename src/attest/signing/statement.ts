/**
 * The statements in records: in-toto statements, version 1 (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md). A
 * subject is a file, identified by its digests. Never depends on signatures.
 */
import { JsonMismatch, type JsonReader } from '../../util/json-reader.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { readStrictJson } from './strict-json.ts';

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

/** Digests in hex, by the name of the algorithm. */
export type DigestSet = Readonly<Record<string, string>>;

/** A file that a statement is about; its name is only a hint, its digests identify it. */
export interface Subject {
  readonly name: string;
  readonly digest: DigestSet & { readonly sha256: string };
}

export interface Statement<Predicate = unknown> {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly Subject[];
  readonly predicateType: string;
  readonly predicate: Predicate;
}

/** A statement that was read; its predicate is not checked. */
export interface ReadStatement extends Omit<Statement, 'predicate'> {
  readonly predicate: JsonReader;
}

export function statementOf<Predicate>(
  subject: readonly Subject[],
  predicateType: string,
  predicate: Predicate,
): Statement<Predicate> {
  return { _type: STATEMENT_TYPE, subject, predicateType, predicate };
}

export function formatStatement(statement: Statement): string {
  return `${JSON.stringify(statement, undefined, 2)}\n`;
}

/** A fault is a sentence without its full stop. */
export function readStatement(bytes: Uint8Array): Result<ReadStatement, string> {
  const document = readStrictJson(bytes);
  if (!document.ok) return fail(`The statement is invalid: it is ${document.error}`);
  try {
    const statement = document.value;
    if (statement.at('_type').value !== STATEMENT_TYPE) throw new JsonMismatch(statement.at('_type'), STATEMENT_TYPE);
    const subject = statement.at('subject').items().map(subjectOf);
    if (subject.length === 0) return fail('The statement has no subject');
    const predicateType = statement.at('predicateType').text(/./, 'an address');
    const predicate = statement.at('predicate');
    predicate.entries();
    return ok({ _type: STATEMENT_TYPE, subject, predicateType, predicate });
  } catch (error) {
    if (!(error instanceof JsonMismatch)) throw error;
    return fail(`The statement is invalid: ${error.message}, not ${error.got}`);
  }
}

function subjectOf(subject: JsonReader): Subject {
  const digests = subject.at('digest').entries();
  const digest = Object.fromEntries(
    digests.map(([name, value]) => [name, value.text(/^[0-9a-f]+$/, 'lower-case hex')]),
  );
  const sha256 = subject
    .at('digest')
    .at('sha256')
    .text(/^[0-9a-f]{64}$/, 'a SHA-256');
  return { name: subject.at('name').text(/./, 'the name of a file'), digest: { ...digest, sha256 } };
}
