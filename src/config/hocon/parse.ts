/** Reads one text as a complete configuration. Reads no files, so an include is an error. */
import type { Failure } from '../../util/failure.ts';
import type { Result } from '../../util/result.ts';
import { defaultLimits, type HoconLimits } from './limits.ts';
import { parseDocument } from './parser.ts';
import { attempt, Problem } from './problem.ts';
import { Resolver } from './resolve.ts';
import type { IncludeField } from './syntax.ts';
import { TreeBuilder } from './tree.ts';
import type { HoconObject } from './value.ts';

/** `file` is the name that positions and messages show. */
export function parseHocon(
  text: string,
  file: string,
  limits: Partial<HoconLimits> = {},
): Result<HoconObject, Failure> {
  const all = { ...defaultLimits, ...limits };
  return attempt(new Map([[file, text]]), () => {
    const builder = new TreeBuilder(refuse, all);
    const root = builder.document(parseDocument(text, file, all), { file, includedAt: undefined, parent: undefined });
    return new Resolver(builder, all).resolve(root);
  });
}

function refuse({ at, length }: IncludeField): never {
  throw new Problem('AIB_CONFIG_INCLUDE', {
    what: 'This text cannot include a file',
    at,
    length,
    hint: 'put it into a file in a configs folder',
  });
}
