/** A small PE program for tests, with two or more sections; its code cannot run. Must only be imported by tests. */
const OPTIONAL = 70;
const AT = 64;

interface Section {
  readonly name: string;
  readonly bytes: Buffer;
}

export function peProgram(sections: readonly Section[], time: number, checksum: number): Buffer {
  const table = AT + 24 + OPTIONAL;
  const header = Buffer.alloc(table + sections.length * 40);
  header.write('MZ', 0);
  header.writeUInt32LE(AT, 0x3c);
  header.write('PE\0\0', AT);
  header.writeUInt16LE(0x8664, AT + 4);
  header.writeUInt16LE(sections.length, AT + 6);
  header.writeUInt32LE(time, AT + 8);
  header.writeUInt16LE(OPTIONAL, AT + 20);
  header.writeUInt16LE(0x20b, AT + 24);
  header.writeUInt32LE(checksum, AT + 24 + 64);
  let place = header.byteLength;
  for (const [index, { name, bytes }] of sections.entries()) {
    const at = table + index * 40;
    header.write(name, at);
    header.writeUInt32LE(bytes.byteLength, at + 8);
    header.writeUInt32LE(bytes.byteLength, at + 16);
    header.writeUInt32LE(place, at + 20);
    place += bytes.byteLength;
  }
  return Buffer.concat([header, ...sections.map(({ bytes }) => bytes)]);
}
