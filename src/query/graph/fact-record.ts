/** Facts of a node as JSON has them: what counts is a number there. Facts are texts everywhere else, since regular expressions match them. */

export function factRecord(facts: ReadonlyMap<string, string>): Readonly<Record<string, string | number>> {
  return Object.fromEntries([...facts].map(([name, text]) => [name, COUNTED.has(name) ? Number(text) : text]));
}

/** Milliseconds and bytes. */
const COUNTED: ReadonlySet<string> = new Set(['duration', 'size']);
