import { expect, it } from 'vitest';
import { identity, shortIdentity } from './identity.ts';

it('is a UUID of version 5 that never changes for the same words', () => {
  // Golden: a change here would change every block of every disk.
  expect(identity('https://example.org', '//aws/x86_64/uefi/tiny@3.20', 'root filesystem')).toBe(
    '185e85e3-88e7-54d7-8539-daec0250509a',
  );
});

it('differs by project, variant and purpose', () => {
  const ids = [
    identity('a', 'b', 'c'),
    identity('a2', 'b', 'c'),
    identity('a', 'b2', 'c'),
    identity('a', 'b', 'c2'),
    identity('a', 'b\nc', ''),
  ];
  expect(new Set(ids).size).toBe(5);
});

it('has a short form of eight upper-case digits that is never zero', () => {
  expect(shortIdentity('a', 'b', 'c')).toMatch(/^[0-9A-F]{8}$/);
});
