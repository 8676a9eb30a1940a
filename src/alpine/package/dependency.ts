/**
 * Parses one dependency as in `D:`, `p:`, `i:` and world; never decides whether something satisfies it.
 *
 *     dependency := ['!'] name ['@' tag] [op version]
 *     op         := = | < | <= | > | >= | ~ | ~= | <~ | >~ | ><
 *
 * `!name` means "must not be installed". `@tag` is only for world. `><` takes a package checksum instead of a version. `so:`, `cmd:` and
 * `pc:` are ordinary names, and so are paths such as /bin/sh.
 */
import { fail, ok, type Result } from '../../util/result.ts';
import type { VersionOperator } from './version.ts';

export interface Dependency {
  readonly name: string;
  /** True for `!name`. */
  readonly conflict: boolean;
  readonly tag?: string;
  readonly constraint?: Constraint;
}

type Constraint =
  | { readonly kind: 'version'; readonly op: VersionOperator; readonly version: string }
  | { readonly kind: 'checksum'; readonly checksum: string };

const OPERATORS: ReadonlyMap<string, VersionOperator> = new Map([
  ['=', '='],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
  ['~', '~'],
  ['~=', '~'],
  ['<~', '<~'],
  ['>~', '>~'],
]);

const SHAPE = /^(!?)([^!<>=~@\s][^<>=~@\s]*)(?:@([^<>=~@\s]+))?(?:([<>=~]+)([^<>=~\s]\S*))?$/;

export function parseDependency(text: string): Result<Dependency> {
  const shape = SHAPE.exec(text);
  if (shape === null)
    return bad(text, 'write it as name, !name, name@tag or name with an operator and version: foo>=1.2');
  const [, bang, name = '', tag, operator, operand = ''] = shape;
  const base = { name, conflict: bang === '!', ...(tag === undefined ? {} : { tag }) };
  if (operator === undefined) return ok(base);
  if (operator === '><') return ok({ ...base, constraint: { kind: 'checksum', checksum: operand } });
  const op = OPERATORS.get(operator);
  if (op === undefined) return bad(text, `use one of ${[...OPERATORS.keys()].join(' ')} instead of ${operator}`);
  // The operand can be an invalid version: Alpine's indexes have 0..0 and v2.4, which match only the same text.
  return ok({ ...base, constraint: { kind: 'version', op, version: operand } });
}

/** The text of a dependency, for `parseDependency`. */
export function formatDependency(dependency: Dependency): string {
  const { name, conflict, tag, constraint } = dependency;
  const head = `${conflict ? '!' : ''}${name}${tag === undefined ? '' : `@${tag}`}`;
  if (constraint === undefined) return head;
  return constraint.kind === 'checksum' ? `${head}><${constraint.checksum}` : head + constraint.op + constraint.version;
}

/** Words separated by white space, as in APKINDEX fields and in /etc/apk/world. */
export function splitDependencies(text: string): readonly string[] {
  return text.split(/\s+/).filter(word => word !== '');
}

function bad(text: string, hint: string): Result<never> {
  return fail({
    code: 'AIB_BAD_DEPENDENCY',
    what: 'A package dependency is invalid',
    got: JSON.stringify(text),
    hint,
  });
}
