/** What is known of an object, as the file that its node gives: JSON, whose bytes follow from the facts alone. */
import { compareUtf8 } from '../../util/bytes.ts';
import type { Facts } from '../model/external.ts';

export function encodeFacts(facts: Facts): string {
  const sorted = Object.entries(facts).sort(([a], [b]) => compareUtf8(a, b));
  return `${JSON.stringify(Object.fromEntries(sorted))}\n`;
}

export function decodeFacts(text: string): Facts {
  return JSON.parse(text) as Facts;
}
