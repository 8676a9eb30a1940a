/** What is known of an object, as the output file of its node: JSON whose bytes depend only on the facts. */
import { compareUtf8 } from '../../util/bytes.ts';
import type { Facts } from '../model/external.ts';

export function encodeFacts(facts: Facts): string {
  const sorted = Object.entries(facts).sort(([a], [b]) => compareUtf8(a, b));
  return `${JSON.stringify(Object.fromEntries(sorted))}\n`;
}

export function decodeFacts(text: string): Facts {
  return JSON.parse(text) as Facts;
}
