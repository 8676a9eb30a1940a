/** The trusted keys of `--trust`, and the quorum of `--require`. A key with two names never counts as two signers. */
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { type PublicKey, readPublicKey } from '../signing/signing-key.ts';

export interface Signer extends PublicKey {
  /** In the given order. */
  readonly names: readonly string[];
}

export interface Quorum {
  readonly count: number;
  readonly names: readonly string[];
}

const NAME = /^[\w.-]+$/;

/** Each word is `NAME=FILE`. */
export function trustedSigners(words: readonly string[]): Result<readonly Signer[]> {
  const signers = new Map<string, Signer>();
  const seen = new Set<string>();
  for (const word of words) {
    const [, name = '', file = ''] = /^([^=]*)=(.+)$/s.exec(word) ?? [];
    if (!NAME.test(name)) return fail(usage('--trust requires NAME=FILE', word, '--trust ci=ci.key.pub'));
    if (seen.has(name)) return fail(usage('--trust contains a name twice', name, 'use a different name for each key'));
    seen.add(name);
    const key = readPublicKey(file);
    if (!key.ok) return key;
    const names = [...(signers.get(key.value.id)?.names ?? []), name];
    signers.set(key.value.id, { ...key.value, names });
  }
  if (signers.size > 0) return ok([...signers.values()]);
  return fail(usage('At least one trusted key is required', undefined, 'name a public key with --trust ci=ci.key.pub'));
}

/** `2 of ci,lab,vendor`; the default is one of all. */
export function quorumOf(text: string | undefined, signers: readonly Signer[]): Result<Quorum> {
  const known = signers.flatMap(({ names }) => names);
  if (text === undefined) return ok({ count: 1, names: known });
  const [, number = '', list = ''] = /^(\d{1,3}) of (.+)$/.exec(text.trim()) ?? [];
  const names = list.split(',').map(name => name.trim());
  const hint = "--require '2 of ci,lab,vendor'";
  if (number === '' || new Set(names).size < names.length) return fail(usage('Invalid value of --require', text, hint));
  const stranger = names.find(name => !known.includes(name));
  if (stranger !== undefined)
    return fail(usage('--require contains a name that is not in --trust', stranger, `--trust ${stranger}=FILE`));
  const count = Number(number);
  const keys = signers.filter(signer => signer.names.some(name => names.includes(name))).length;
  if (count >= 1 && count <= keys) return ok({ count, names });
  const got = `${count} of ${keys} different ${keys === 1 ? 'key' : 'keys'}`;
  return fail(usage('The quorum of --require is impossible', got, hint));
}

function usage(what: string, got: string | undefined, hint: string): Failure {
  return { code: 'AIB_USAGE', what, hint, ...(got === undefined ? {} : { got }) };
}
