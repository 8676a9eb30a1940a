import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readGzipMember } from './gzip-member.ts';

const CAP = 1 << 20;

test('members are taken apart at their exact bounds, whatever follows', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 }),
      fc.uint8Array(),
      (contents, rest) => {
        const members = contents.map(content => gzipSync(content));
        const bytes = Buffer.concat([...members, rest]);
        let at = 0;
        for (const [index, content] of contents.entries()) {
          const member = readGzipMember(bytes, at, CAP);
          at += members[index]?.byteLength ?? 0;
          expect(member).toEqual({ kind: 'member', content: Buffer.from(content), end: at });
        }
      },
    ),
  );
});

test('a member that is cut anywhere is truncated, never damaged or whole', () => {
  const whole = gzipSync(Buffer.from('some text, some text, some text'));
  for (let length = 0; length < whole.byteLength; length += 1) {
    expect(readGzipMember(whole.subarray(0, length), 0, CAP), `${length} bytes`).toEqual({ kind: 'truncated' });
  }
});

test('a header with extra field, name, comment and CRC is skipped', () => {
  const plain = gzipSync(Buffer.from('content'));
  const header = Buffer.from([0x1f, 0x8b, 8, 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 2, 0, 0xaa, 0xbb, 0x61, 0, 0x62, 0x63, 0]);
  const bytes = Buffer.concat([header, plain.subarray(10)]);
  expect(readGzipMember(bytes, 0, CAP)).toEqual({
    kind: 'member',
    content: Buffer.from('content'),
    end: bytes.byteLength,
  });
  for (let length = 0; length < header.byteLength; length += 1) {
    expect(readGzipMember(bytes.subarray(0, length), 0, CAP)).toEqual({ kind: 'truncated' });
  }
});

test('a bomb is refused instead of unpacked', () => {
  const bomb = gzipSync(Buffer.alloc(CAP + 1));
  expect(readGzipMember(bomb, 0, CAP)).toEqual({ kind: 'damaged', why: `it unpacks to more than ${CAP} bytes` });
  expect(readGzipMember(gzipSync(Buffer.alloc(CAP)), 0, CAP)).toMatchObject({ kind: 'member' });
});

test('a wrong CRC, a wrong size, a wrong magic and unknown flags are damage', () => {
  const good = gzipSync(Buffer.from('content'));
  const changed = (at: number): Buffer => {
    const copy = Buffer.from(good);
    copy.writeUInt8(copy.readUInt8(at) ^ 0x80, at);
    return copy;
  };
  for (const at of [0, 1, 2, 3, good.byteLength - 8, good.byteLength - 1]) {
    expect(readGzipMember(changed(at), 0, CAP), `byte ${at}`).toMatchObject({ kind: 'damaged' });
  }
});
