/** Puts a closure into an order in which it can be installed; never depends on the order in which it was found. */
import { compareUtf8 } from '../../util/bytes.ts';
import { type Candidate, isSatisfiedBy } from './candidates.ts';

/** What a package needs, and what made its install_if true, comes before it; a cycle is entered at its first name, by bytes. */
export function installOrder(selected: readonly Candidate[]): readonly Candidate[] {
  const ordered: Candidate[] = [];
  const seen = new Set<Candidate>();
  for (const root of byName(selected)) {
    if (seen.has(root)) continue;
    seen.add(root);
    // Depth first with a stack of its own, because chains of dependencies can be long.
    const stack = [{ candidate: root, before: byName(predecessors(root)).values() }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.before.next();
      if (next.done === true) {
        ordered.push(top.candidate);
        stack.pop();
      } else if (!seen.has(next.value)) {
        seen.add(next.value);
        stack.push({ candidate: next.value, before: byName(predecessors(next.value)).values() });
      }
    }
  }
  return ordered;
}

function predecessors({ needs, cause }: Candidate): readonly Candidate[] {
  const found = new Set<Candidate>(cause?.kind === 'install_if' ? cause.of : []);
  for (const { name, dependency } of needs) {
    for (const chosen of name.chosen) if (isSatisfiedBy(dependency, chosen)) found.add(chosen.candidate);
  }
  return [...found];
}

function byName(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.toSorted((a, b) => compareUtf8(a.entry.name, b.entry.name));
}
