/**
 * Checks that an index belongs to the place where it was found: a mirror may serve that of another branch or architecture, which has a
 * valid signature, too. Cannot detect an older index of the same place: see index-age.ts.
 */
import type { Failure } from '../../util/failure.ts';
import type { SignedIndex } from './verify.ts';

/** `path` is the index's in the lock, v3.20/main/x86_64 or a foreign address, which has no branch; `where` is its URL or file. */
export function misplaced(index: SignedIndex, path: string, where: string): Failure | undefined {
  const words = path.split('/');
  const [folder = '', arch] = [words[0], words.at(-1)];
  for (const { 1: other = '' } of index.text.matchAll(/^A:(?!noarch$)(.*)$/gm))
    if (other !== arch) return another(where, `packages for ${other}`);
  // The description of edge has a date instead of a branch.
  const branch = /^v\d+\.\d+(?=\.|-|$)/.exec(index.description)?.[0];
  const isBranch = /^v\d+\.\d+$/.test(folder);
  return isBranch && branch !== undefined && branch !== folder
    ? another(where, `an index of ${index.description}`)
    : undefined;
}

function another(where: string, got: string): Failure {
  return {
    code: 'AIB_MIRROR_CONTENT',
    what: 'The package index belongs to another place on the mirror',
    where,
    got,
    hint: 'try again later; if the error persists, use another mirror with --mirror',
  };
}
