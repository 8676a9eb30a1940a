/** Orders and prints bytes, where JavaScript's defaults (UTF-16 order) are wrong for formats. */

/** Orders two strings by their UTF-8 bytes, as canonical formats require; differs from `<` for astral characters. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [one, other] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (one === other) continue;
    // The two orders differ only at surrogates, paired or not.
    if (isSurrogate(one) || isSurrogate(other)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
    return one < other ? -1 : 1;
  }
  return Math.sign(a.length - b.length);
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}

/** 1536 → "1.5 KiB"; exact bytes below 1 KiB. */
export function formatBytes(size: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = size;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${size} B` : `${value.toFixed(1)} ${units[unit]}`;
}
