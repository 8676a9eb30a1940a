/** `aib owner PATH`: which node wrote or reads a file, or which variants it configures. Builds nothing. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Ownership, ownersOf } from '../../query/why/owner.ts';
import { fail, ok } from '../../util/result.ts';
import { readOnlyVerb } from '../session/read-only-verb.ts';
import type { Options } from '../words/options.ts';

export async function ownerCommand(word: string, options: Options): Promise<number> {
  const path = resolve(word);
  return readOnlyVerb(options, async ({ project, store }) => {
    const owners = await ownersOf(path, project, store);
    if (owners.length > 0)
      return ok(owners.map(owner => (options.json === true ? JSON.stringify(owner) : sentence(owner))));
    return fail({
      code: 'AIB_NO_OWNER',
      what: 'No node of this project reads or writes this file',
      where: path,
      got: existsSync(path) ? 'neither a source nor an output in the store' : 'no such file',
    });
  });
}

function sentence({ label, how, output }: Ownership): string {
  const part = output === undefined || label.endsWith(`:${output}`) ? '' : ` (in its ${output})`;
  return `${label} ${how} it${part}`;
}
