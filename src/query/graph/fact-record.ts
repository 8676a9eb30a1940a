/** Facts of a node for JSON, where counts are numbers. Everywhere else facts are texts, because regular expressions match them. */

export function factRecord(facts: ReadonlyMap<string, string>): Readonly<Record<string, string | number>> {
  return Object.fromEntries([...facts].map(([name, text]) => [name, COUNTED.has(name) ? Number(text) : text]));
}

/** Facts that are numbers: milliseconds and bytes. */
const COUNTED: ReadonlySet<string> = new Set(['duration', 'size']);
