/** Random worlds for tests of a solver, with names from real indexes. The same seed always results in the same worlds. */
import type { Repository } from '../src/alpine/solver/candidates.ts';

/**
 * Each has one to six wishes: packages, sometimes with a version, a name that a package provides, or a package that must not be installed.
 */
export function randomWorlds(repositories: readonly Repository[], count: number, seed: number): readonly string[][] {
  const random = generator(seed);
  const packages = repositories.flatMap(({ packages: entries }) => entries);
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const wish = (): string => {
    const entry = pick(packages);
    if (entry === undefined) return '';
    const kind = random();
    if (kind < 0.7) return entry.name;
    if (kind < 0.8) return `${entry.name}${pick(['=', '>=', '<=', '~'])}${entry.version}`;
    if (kind < 0.95) return (pick(entry.provides) ?? entry.name).split('=')[0] ?? entry.name;
    return `!${(pick(entry.depends) ?? entry.name).replace(/^!/, '').split(/[<>=~]/)[0]}`;
  };
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + Math.floor(random() * 6) }, wish).filter(text => text !== ''),
  );
}

/** mulberry32: small, and good enough for random choices. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
