/** Puts packages into an order in which they can be installed; never depends on the order in which they are given. */
import { compareUtf8 } from '../../util/bytes.ts';
import type { IndexPackage } from '../package/apkindex.ts';
import { parseDependency } from '../package/dependency.ts';
import { satisfies } from '../package/version.ts';

/** What the order follows from, whether an index says it or the package itself. */
export type Installable = Pick<IndexPackage, 'name' | 'version' | 'checksum' | 'depends' | 'provides' | 'installIf'>;

/** What a package needs, and what made its install_if true, comes before it; a cycle is entered at its first name, by bytes. */
export function installOrder<T extends Installable>(packages: readonly T[]): readonly T[] {
  const before = predecessorsIn(packages);
  const ordered: T[] = [];
  const seen = new Set<T>();
  for (const root of byName(packages)) {
    if (seen.has(root)) continue;
    seen.add(root);
    // Depth first with a stack of its own, because chains of dependencies can be long.
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

interface Giver<T> {
  readonly entry: T;
  /** Undefined for a bare name, which satisfies no dependency that asks for a version. */
  readonly version: string | undefined;
}

function predecessorsIn<T extends Installable>(packages: readonly T[]): (entry: T) => readonly T[] {
  const givers = new Map<string, Giver<T>[]>();
  const give = (name: string, giver: Giver<T>): void => {
    const known = givers.get(name);
    if (known === undefined) givers.set(name, [giver]);
    else known.push(giver);
  };
  for (const entry of packages) {
    give(entry.name, { entry, version: entry.version });
    for (const text of entry.provides) {
      const equals = text.indexOf('=');
      if (equals < 0) give(text, { entry, version: undefined });
      else give(text.slice(0, equals), { entry, version: text.slice(equals + 1) });
    }
  }
  const satisfying = (text: string): readonly T[] => {
    const dependency = parseDependency(text);
    if (!dependency.ok || dependency.value.conflict) return [];
    const { name, constraint } = dependency.value;
    return (givers.get(name) ?? []).flatMap(({ entry, version }) => {
      if (constraint === undefined) return [entry];
      if (constraint.kind === 'checksum') return entry.checksum === constraint.checksum ? [entry] : [];
      return version !== undefined && satisfies(version, constraint.op, constraint.version) ? [entry] : [];
    });
  };
  return entry => [...new Set([...entry.depends, ...entry.installIf].flatMap(satisfying))];
}

function byName<T extends Installable>(packages: readonly T[]): readonly T[] {
  return packages.toSorted((a, b) => compareUtf8(a.name, b.name));
}
