/** `1 blob`, `2 blobs`: a number with its word, for words that take an s. */
export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
