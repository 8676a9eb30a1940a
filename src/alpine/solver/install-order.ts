/** Sorts packages in install order; never depends on the order of its input. */
import { compareUtf8 } from '../../util/bytes.ts';
import { type Installable, satisfyingIn } from './satisfying.ts';

/** The dependencies of a package, and the packages in its install_if, come before it; a cycle starts at its first name in byte order. */
export function installOrder<T extends Installable>(packages: readonly T[]): readonly T[] {
  const before = predecessorsIn(packages);
  const ordered: T[] = [];
  const seen = new Set<T>();
  for (const root of byName(packages)) {
    if (seen.has(root)) continue;
    seen.add(root);
    // Depth first with an explicit stack, because chains of dependencies can be long.
    const stack = [{ entry: root, before: byName(before(root)).values() }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.before.next();
      if (next.done === true) {
        ordered.push(top.entry);
        stack.pop();
      } else if (!seen.has(next.value)) {
        seen.add(next.value);
        stack.push({ entry: next.value, before: byName(before(next.value)).values() });
      }
    }
  }
  return ordered;
}

function predecessorsIn<T extends Installable>(packages: readonly T[]): (entry: T) => readonly T[] {
  const satisfying = satisfyingIn(packages);
  return entry => [...new Set([...entry.depends, ...entry.installIf].flatMap(satisfying))];
}

export function byName<T extends Installable>(packages: readonly T[]): readonly T[] {
  return packages.toSorted((a, b) => compareUtf8(a.name, b.name));
}
