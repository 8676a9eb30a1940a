/** `1 blob`, `2 blobs`: a number with its noun, for nouns with a plural in -s. */
export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
