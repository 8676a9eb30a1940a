import { test } from 'vitest';
import { type Change, expectRefused, HUGE, number, SIZE, useImages, word } from './image-fixtures.ts';

const { imageOf, changed } = useImages();

test.each<[string, readonly Change[], RegExp]>([
  ['of the future', [[8, word(2)]], /version: 2/],
  ['with other blocks', [[12, word(4096)]], /4096 bytes/],
  ['of 2^64 bytes', [[16, number(HUGE)]], /exceeds 64 TiB/],
  ['whose map is larger than the file', [[16, number(2n ** 46n)]], /map .* file ends/],
  ['whose map tells of more than there is', [[520, Buffer.from([0xff])]], /blocks .* file ends/],
  ['whose map goes on beyond the end', [[600, Buffer.from([0xff])]], /beyond the end/],
  ['that is larger than said', [[16, number(BigInt(SIZE - 1))]], /blocks .* file ends/],
])('a packed disk %s', (_, changes, words) => {
  expectRefused(changed(imageOf('packed disk'), changes), words);
});
