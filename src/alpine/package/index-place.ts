/**
 * Whether an index is the one of the place where it was found: a mirror may serve another branch's or architecture's, whose signature is as
 * good. An older index of the same place cannot be told from a newer one by itself; once one is locked, its digest tells.
 */
import type { Failure } from '../../util/failure.ts';
import type { SignedIndex } from './verify.ts';

/** `path` is the index's in the lock, v3.20/main/x86_64 or a foreign address, which says nothing of a branch; `where` is its URL or file. */
export function misplaced(index: SignedIndex, path: string, where: string): Failure | undefined {
  const words = path.split('/');
  const [folder = '', arch] = [words[0], words.at(-1)];
  for (const { 1: other = '' } of index.text.matchAll(/^A:(?!noarch$)(.*)$/gm))
    if (other !== arch) return another(where, `packages for ${other}`);
  // Edge's says only from when it is.
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
    hint: 'Try again later; if it stays so, use another mirror with --mirror',
  };
}
