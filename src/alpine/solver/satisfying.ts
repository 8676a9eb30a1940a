/** Which packages of a set satisfy a dependency; knows only the packages of the set. */
import type { IndexPackage } from '../package/apkindex.ts';
import { parseDependency } from '../package/dependency.ts';
import { satisfies } from '../package/version.ts';

/** The required facts of a package, from an index or from the package itself. */
export type Installable = Pick<IndexPackage, 'name' | 'version' | 'checksum' | 'depends' | 'provides' | 'installIf'>;

interface Giver<T> {
  readonly entry: T;
  /** Undefined for a bare name, which satisfies no dependency with a version. */
  readonly version: string | undefined;
}

/** Empty for a prohibition and for an invalid dependency. */
export function satisfyingIn<T extends Installable>(packages: readonly T[]): (dependency: string) => readonly T[] {
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
  return text => {
    const dependency = parseDependency(text);
    if (!dependency.ok || dependency.value.conflict) return [];
    const { name, constraint } = dependency.value;
    return (givers.get(name) ?? []).flatMap(({ entry, version }) => {
      if (constraint === undefined) return [entry];
      if (constraint.kind === 'checksum') return entry.checksum === constraint.checksum ? [entry] : [];
      return version !== undefined && satisfies(version, constraint.op, constraint.version) ? [entry] : [];
    });
  };
}
