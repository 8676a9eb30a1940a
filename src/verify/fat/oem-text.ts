/** Text in code page 437, as FAT has it in short names and labels. Never fails: each byte is a letter there. */

/** Bytes from 128 on in code page 437, which Linux takes unless it is told another one. */
const OEM_LETTERS =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/** Without the spaces and zeros that fill it up. */
export function oemText(bytes: Buffer): string {
  const text = bytes.toString('latin1').replace(/[ \0]+$/, '');
  return text.replace(/[\x80-\xff]/g, letter => OEM_LETTERS[letter.charCodeAt(0) - 128] ?? '');
}
