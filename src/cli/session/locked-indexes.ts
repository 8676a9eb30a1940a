/** Reads the package indexes of the lock from the store, or else from the mirror. Stores nothing. */
import { indexPath } from '../../alpine/mirror/mirror-layout.ts';
import type { Project } from '../../rules/project/project.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Session } from './session.ts';

export async function lockedIndexes(
  { lock, mirror }: Project,
  paths: readonly string[],
  session: Session,
): Promise<Result<ReadonlyMap<string, Uint8Array>>> {
  const store = session.storeIfAny();
  if (!store.ok) return store;
  const contents = new Map<string, Uint8Array>();
  for (const path of paths) {
    const digest = lock.indexes[path];
    if (digest === undefined)
      return fail({
        code: 'AIB_NOT_LOCKED',
        what: `The lock does not contain the package index ${path}`,
        hint: 'run aib update',
      });
    const isHere = (await store.value?.blobs.inspect({ type: 'file', digest })) === 'present';
    const content =
      isHere && store.value !== undefined
        ? ok(await store.value.blobs.read(digest))
        : await mirror.fetch(indexPath(path), {
            signal: session.signal,
            expect: { size: digest.size, sha256: digest.hash },
          });
    if (!content.ok) return content;
    contents.set(path, content.value);
  }
  return ok(contents);
}
