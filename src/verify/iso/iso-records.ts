/** Names and times of ISO 9660. Never returns a name that leads out of its directory. */
import { damaged } from '../reading/random-access.ts';

export const BLOCK = 2_048;

export function nameIn(text: string): string {
  const name = Buffer.from(text, 'latin1').toString('utf8');
  if (name === '' || name === '.' || name === '..' || name.includes('/'))
    throw damaged(`it contains a file with the invalid name ${JSON.stringify(name)}`);
  return name;
}

/** Years since 1900, month, day, hour, minute, second, quarters of an hour east of Greenwich. */
export function shortTime(bytes: Buffer): string {
  if (bytes.byteLength < 7) return '';
  const [year = 0, month, day, hour, minute, second] = bytes;
  const two = (value = 0): string => String(value).padStart(2, '0');
  const zone = bytes.readInt8(6) * 15;
  return `${1900 + year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}${zoneWords(zone)}`;
}

/** The time of a volume: 16 digits, down to hundredths of a second, and the zone. */
export function longTime(bytes: Buffer): string {
  const digits = bytes.toString('latin1', 0, 16);
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits);
  if (match === null || /^0+$/.test(digits)) return /^[0\0]*$/.test(digits) ? 'none' : JSON.stringify(digits);
  const [, year, month, day, hour, minute, second, hundredths] = match;
  return `${year}-${month}-${day} ${hour}:${minute}:${second}.${hundredths}${zoneWords(bytes.readInt8(16) * 15)}`;
}

function zoneWords(minutes: number): string {
  if (minutes === 0) return '';
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return ` ${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
}
