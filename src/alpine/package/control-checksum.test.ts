import { expect, test } from 'vitest';
import { controlChecksum } from './control-checksum.ts';

test('the checksum of a control member is that of RFC 3174, as apk writes it', () => {
  expect(controlChecksum(Buffer.from('abc'))).toBe('Q1qZk+NkcGgWq6PiVxeFDCbJzQ2J0=');
});
