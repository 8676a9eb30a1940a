import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeRandom } from '../../../test/torture/synthetic-graph.ts';
import { type Cause, causeOfBytes, causeOfFact, causeOfOrder, causesOfTexts } from './causes.ts';

describe('what a text looks like', () => {
  it.each<[what: string, before: string, after: string, readonly Cause[]]>([
    ['a date', 'built 2024-09-06\n', 'built 2025-01-02\n', ['time']],
    ['a date with a time and a zone', 'at 2024-09-06T10:11:12Z, ok', 'at 2024-09-06T10:11:13Z, ok', ['time']],
    ['what date prints', 'Mon Nov 30 19:12:04 UTC 2026', 'Tue Dec  1 01:02:03 UTC 2026', ['time']],
    ['the date of a mail', 'Date: Fri, 06 Sep 2024 10:11:12 +0000', 'Date: Sat, 07 Sep 2024 11:11:12 +0000', ['time']],
    ['a line of syslog', 'Sep  6 10:11:12 host x: up', 'Sep 16 10:11:13 host x: up', ['time']],
    ['a clock', 'took until 10:11:12.345', 'took until 10:11:13.001', ['time']],
    ['seconds since 1970', 'SOURCE=1725580800', 'SOURCE=1725580801', ['time']],
    ['a date in the name of a file', 'file-20240906', 'file-20240907', ['time']],
    ['a date in digits', 'v 20240906 x', 'v 20240907 x', ['time']],
    ['dates that are far apart', 'built 1999-09-06', 'built 2024-09-06', ['content']],
    ['a day that no calendar has', 'at 2024-13-45', 'at 2024-13-46', ['content']],
    [
      'a UUID',
      'UUID=a4243fc0-61c4-45ca-ae8b-2131918ca8c8 /',
      'UUID=c0e727b0-036c-4b6d-b900-fc2fc8530419 /',
      ['random'],
    ],
    ['digits in hexadecimal', 'id: 9f86d081884c7d65', 'id: 2c26b46b68ffc68f', ['random']],
    ['bytes apart', ' ca ed 22 72 24 bf', ' 25 f9 a4 f1 dd 19', ['random']],
    ['base64', 'key Zm9vYmFyMTIzQUJDxyz9', 'key QmFyRm9vOTg3WFlaabc1', ['random']],
    ['a counter in hexadecimal', 'id: 0000000a', 'id: 0000000b', ['content']],
    ['a number', 'size 12345678', 'size 87654321', ['content']],
    ['words of equal length', 'internationalise', 'professionalisms', ['content']],
    ['a time and a UUID', '1725580800 9f86d081884c7d65', '1725580801 2c26b46b68ffc68f', ['time', 'random']],
    ['a time and a word', '1725580800 one', '1725580801 two', ['time', 'content']],
    ['another line', 'one\n', 'one\ntwo\n', ['content']],
    ['lines in another order', 'one\ntwo\nthree\n', 'two\none\nthree\n', ['order']],
    ['lines by another locale', 'B\nC\na\n', 'a\nB\nC\n', ['locale']],
    ['a folder', 'in /tmp/one/src/a.c\n', 'in /home/b/src/a.c\n', ['host path']],
    ['a folder with blanks', 'in /tmp/one/src/a.c, all', 'in /tmp/another one, longer/src/a.c, all', ['host path']],
    ['the folder itself before what is in it', 'P=/tmp/one\nL=/tmp/one/lib\n', 'P=/b/42\nL=/b/42/lib\n', ['host path']],
    ['a folder twice in a line', '-I/tmp/one/a -I/tmp/one/b', '-I/home/b/a -I/home/b/b', ['host path']],
    ['a word before a path', 'one a/b', 'two a/b', ['content']],
    ['a folder, and a word', 'in /tmp/one/a\nx1', 'in /home/b/a\nx2', ['content']],
    ['another file', 'in /tmp/one/src/a.c', 'in /tmp/one/src/b.c', ['content']],
    ['a digit more', '1', '11', ['content']],
    ['zeros at the end', 'x', 'x\0\0\0', ['size']],
  ])('%s', (_, before, after, causes) => {
    expect(causesOfTexts('etc/file', before, after)).toEqual(causes);
    expect(causesOfTexts('etc/file', after, before)).toEqual(causes);
  });

  it('a day in the shadow file is a time, and nowhere else', () => {
    const lines = ['root:!:19970:0:::::', 'root:!:19990:0:::::'] as const;
    expect(causesOfTexts('/etc/shadow', ...lines)).toEqual(['time']);
    expect(causesOfTexts('/etc/other', ...lines)).toEqual(['content']);
  });

  it.each(['/etc/machine-id', 'etc/ssh/ssh_host_ed25519_key.pub', '/var/lib/seedrng/seed.credit'])(
    '%s is random, whatever is in it',
    path => {
      expect(causesOfTexts(path, 'one', 'other')).toEqual(['random']);
      expect(causeOfBytes(path, Buffer.of(1), Buffer.of(2, 3))).toBe('random');
    },
  );

  it('is soon told, however large and odd the text is', () => {
    const random = makeRandom(5);
    const odd = () =>
      Array.from({ length: 60_000 }, () => '0123456789abc:-/ \n'.charAt(Math.floor(random() * 18))).join('');
    const began = Date.now();
    for (let round = 0; round < 20; round += 1) causesOfTexts('x', odd(), odd());
    for (const piece of ['/', 'a/', '00 ', '2024-', 'ab:', ' /x']) {
      const [one, other] = [`1${piece.repeat(50_000)}`, `2${piece.repeat(50_000)}`];
      causesOfTexts('x', one, other);
      causesOfTexts('x', `${one}3`, `${other}4`);
    }
    expect(Date.now() - began).toBeLessThan(20_000);
  });
});

describe('what bytes look like', () => {
  it('drawn ones are random, and a small change in them is not', () => {
    const [one, other] = [randomBytes(400), randomBytes(400)];
    expect(causeOfBytes('x', one, other)).toBe('random');
    const near = Buffer.from(one);
    near.writeUInt8((near[5] ?? 0) ^ 1, 5);
    expect(causeOfBytes('x', one, near)).toBe('content');
    expect(causeOfBytes('x', one, other.subarray(1))).toBe('content');
  });

  it('zeros more or less are a size', () => {
    expect(causeOfBytes('x', Buffer.alloc(100), Buffer.alloc(300))).toBe('size');
    expect(causeOfBytes('x', Buffer.from('abc'), Buffer.from('abcd'))).toBe('content');
  });
});

describe('what a fact looks like', () => {
  it.each<[name: string, before: string, after: string, cause: Cause]>([
    ['modified', '2024-09-06 00:00:00', '1999-01-01 00:00:00', 'time'],
    ['modified of member 3', 'none', '2024-09-06 00:00:00', 'time'],
    ['TimeDateStamp', '2024-09-06 00:00:00', '2099-01-01 00:00:00', 'time'],
    ['last mounted on', '/a', '/b', 'content'],
    ['UUID', 'a', 'b', 'random'],
    ['directory hash seed', 'a', 'b', 'random'],
    ['generation', '1', '2', 'random'],
    ['size in memory', '10', '20', 'size'],
    ['target', '/9f86d081', '/2c26b46b', 'random'],
    ['boot code', `SHA-256 ${'0a'.repeat(32)}`, `SHA-256 ${'b1'.repeat(32)}`, 'content'],
    ['mode', '0644', '0600', 'content'],
    ['in order of path', 'yes', 'no', 'order'],
    ['links', '1', '11', 'content'],
  ])('%s', (name, before, after, cause) => {
    expect(causeOfFact(name, before, after)).toBe(cause);
  });

  it('one that only one side has is content', () => {
    expect(causeOfFact('attribute user.x', undefined, '2024-09-06')).toBe('content');
  });
});

it('an order is that of a locale only if the other one is that of C', () => {
  expect(causeOfOrder(['B', 'a'], ['a', 'B'])).toBe('locale');
  expect(causeOfOrder(['b', 'a', 'c'], ['a', 'c', 'b'])).toBe('order');
});
