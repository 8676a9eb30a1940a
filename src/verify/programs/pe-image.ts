/**
 * A program in the PE format, which UEFI loaders and kernels use: its header fields, and its sections by name. Never uses a place beyond
 * the end. Little-endian:
 *
 *     0x00  `MZ`                         0x3c  place of the next
 *     0     `PE\0\0`, then machine (2), sections (2), time (4), symbols' place (4) and number (4), size of the optional header (2), flags (2)
 *     24    the optional header: 0x10b or 0x20b (2), version of the linker (2), entry point (16), alignments (32, 36), sizes of the image and
 *           of the headers (56, 60), checksum (64), subsystem (68)
 *     then  the sections, 40 bytes each: name (8), size and place in memory (8), size and place in the file (16), flags (36)
 */
import { isoTime } from '../reading/iso-time.ts';
import type { Region } from '../reading/owned-region.ts';
import { type Bytes, damaged } from '../reading/random-access.ts';
import { byPath, partFile, type Volume, type VolumeFile } from '../reading/volume.ts';

const SECTION = 40;
/** More than any linker makes; the limit of Windows is 96. */
const MOST_SECTIONS = 1_000;
const OPTIONAL = 70;

export function isPe(start: Buffer): boolean {
  if (start.byteLength < 64 || start.toString('latin1', 0, 2) !== 'MZ') return false;
  const at = start.readUInt32LE(0x3c);
  return at + 24 <= start.byteLength && start.toString('latin1', at, at + 4) === 'PE\0\0';
}

export function readPe(bytes: Bytes): Volume {
  const at = bytes.read(0, 64).readUInt32LE(0x3c);
  const coff = bytes.read(at, 24);
  const [count, optionalSize] = [coff.readUInt16LE(6), coff.readUInt16LE(20)];
  if (count > MOST_SECTIONS) throw damaged(`invalid number of sections: ${count}`);
  const table = at + 24 + optionalSize;
  const headerEnd = table + count * SECTION;
  if (headerEnd > bytes.size) throw damaged(`its table of ${count} sections extends beyond its end`);
  const sections = bytes.read(table, count * SECTION);
  const files: VolumeFile[] = [];
  const regions: Region[] = [{ offset: 0, size: headerEnd, owner: 'header' }];
  let end = headerEnd;
  for (let index = 0; index < count; index += 1) {
    const file = sectionOf(bytes, sections.subarray(index * SECTION, (index + 1) * SECTION), index);
    const { place, size, path } = file;
    // Names may not be unique.
    const name = files.some(other => other.path === path) ? `${path} (section ${index + 1})` : path;
    files.push(partFile(name, bytes, { at: place, size }, file.facts));
    if (size > 0) regions.push({ offset: place, size, owner: name });
    end = Math.max(end, place + size);
  }
  if (end < bytes.size) {
    files.push(partFile(BEHIND, bytes, { at: end, size: bytes.size - end }));
    regions.push({ offset: end, size: bytes.size - end, owner: BEHIND });
  }
  return {
    kind: 'PE program',
    fields: fieldsOf(coff, optionalSize < OPTIONAL ? undefined : bytes.read(at + 24, OPTIONAL)),
    files: byPath(files),
    regions: () => regions.toSorted((one, other) => one.offset - other.offset),
  };
}

/** Signatures, and data that kernels append. */
const BEHIND = 'data after the sections';

function sectionOf(bytes: Bytes, header: Buffer, index: number) {
  const path = header.toString('latin1', 0, 8).replace(/\0.*$/s, '') || `section ${index + 1}`;
  const [stored, place] = [header.readUInt32LE(16), header.readUInt32LE(20)];
  // For a section of zeros nothing is stored, even if the header states a size.
  const size = place === 0 ? 0 : stored;
  if (place + size > bytes.size) throw damaged(`its section ${path} extends beyond its end`);
  const facts = new Map([
    ['size in memory', String(header.readUInt32LE(8))],
    ['place in memory', `0x${header.readUInt32LE(12).toString(16)}`],
    ['place in the file', String(place)],
    ['flags', `0x${header.readUInt32LE(36).toString(16)}`],
  ]);
  return { path, place, size, facts };
}

function fieldsOf(coff: Buffer, optional: Buffer | undefined): ReadonlyMap<string, string> {
  const hex = (value: number): string => `0x${value.toString(16)}`;
  const fields: (readonly [string, string])[] = [
    ['machine', hex(coff.readUInt16LE(4))],
    ['sections', String(coff.readUInt16LE(6))],
    ['TimeDateStamp', isoTime(coff.readUInt32LE(8))],
    ['symbols', `${coff.readUInt32LE(16)} at ${coff.readUInt32LE(12)}`],
    ['characteristics', hex(coff.readUInt16LE(22))],
  ];
  if (optional !== undefined)
    fields.push(
      ['form', optional.readUInt16LE(0) === 0x20b ? 'PE32+' : 'PE32'],
      ['version of the linker', `${optional.readUInt8(2)}.${optional.readUInt8(3)}`],
      ['entry point', hex(optional.readUInt32LE(16))],
      ['alignment', `${optional.readUInt32LE(32)} in memory, ${optional.readUInt32LE(36)} in the file`],
      ['size of the image', String(optional.readUInt32LE(56))],
      ['size of the headers', String(optional.readUInt32LE(60))],
      ['CheckSum', hex(optional.readUInt32LE(64))],
      ['subsystem', String(optional.readUInt16LE(68))],
    );
  return new Map(fields);
}
