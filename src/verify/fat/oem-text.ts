/** Text in code page 437, which FAT uses for short names and labels. Never fails, because every byte is a character. */

/** The bytes from 128 on in code page 437, the default of Linux. */
const OEM_LETTERS =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/** Without the padding of spaces and zeros. */
export function oemText(bytes: Buffer): string {
  const text = bytes.toString('latin1').replace(/[ \0]+$/, '');
  return text.replace(/[\x80-\xff]/g, letter => OEM_LETTERS[letter.charCodeAt(0) - 128] ?? '');
}
