/**
 * Selects the part of a resolved set of packages that some names need. The part can be installed first, and the rest after it. Never adds a
 * package to the set, so the same name is the same package in the part and in the set.
 */
import { compareUtf8 } from '../../util/bytes.ts';
import { byName } from './install-order.ts';
import { type Installable, satisfyingIn } from './satisfying.ts';

/** `names` are as in /etc/apk/world. A package with a dependency outside the set is left out, with all packages that need it. */
export function partFor<T extends Installable>(packages: readonly T[], names: readonly string[]): readonly T[] {
  const satisfying = satisfyingIn(packages);
  const part = new Set<T>();
  const take = (wanted: readonly string[]): void => {
    const queue = [...wanted];
    for (let text = queue.shift(); text !== undefined; text = queue.shift()) {
      const givers = satisfying(text);
      const chosen = givers.some(entry => part.has(entry)) ? undefined : preferred(givers, text);
      if (chosen === undefined) continue;
      part.add(chosen);
      queue.push(...chosen.depends);
    }
  };
  take([...names].sort(compareUtf8));
  const isThere = (text: string): boolean => satisfying(text).some(entry => part.has(entry));
  const isNeed = (text: string): boolean => !text.startsWith('!');
  // Packages with an install_if come if its packages are all in the part.
  const waiting = packages.filter(({ installIf }) => installIf.length > 0);
  for (let before = -1; part.size > before; ) {
    before = part.size;
    for (const entry of waiting) {
      if (part.has(entry) || !entry.installIf.filter(isNeed).every(isThere)) continue;
      part.add(entry);
      take(entry.depends);
    }
  }
  for (let before = Number.POSITIVE_INFINITY; part.size < before; ) {
    before = part.size;
    for (const entry of part) if (!entry.depends.filter(isNeed).every(isThere)) part.delete(entry);
  }
  return packages.filter(entry => part.has(entry));
}

/** The package with exactly that name, otherwise the first by name. */
function preferred<T extends Installable>(givers: readonly T[], text: string): T | undefined {
  const named = givers.find(({ name }) => text.startsWith(name) && /^($|[<>=~@])/.test(text.slice(name.length)));
  return named ?? byName(givers)[0];
}
