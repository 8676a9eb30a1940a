import { expect, it } from 'vitest';
import { keyFilter } from './key-filter.ts';

const dimensions = [
  { name: 'version', keys: ['3.19', '3.20'] },
  { name: 'cloud', keys: ['aws', 'gcp'] },
];
const variants = ['3.19 aws', '3.19 gcp', '3.20 aws', '3.20 gcp'];

function left(only: readonly string[], skip: readonly string[]): readonly string[] {
  const stays = keyFilter({ only, skip }, dimensions);
  if (!stays.ok) return [`${stays.error.what} (${stays.error.hint})`];
  return variants.filter(name =>
    stays.value(new Map(name.split(' ').map((key, index) => [dimensions[index]?.name ?? '', key]))),
  );
}

it('--only asks for all of its keys, --skip for none of its own', () => {
  expect(left(['aws', '3.20'], [])).toEqual(['3.20 aws']);
  expect(left([], ['aws', '3.20'])).toEqual(['3.19 gcp']);
  expect(left(['gcp'], ['3.19'])).toEqual(['3.20 gcp']);
  expect(left(['gcp', 'aws'], [])).toEqual([]);
});

it('knows which keys there are; to skip what has gone is no mistake', () => {
  expect(left(['awz'], [])).toEqual(['Unknown dimension key: --only awz (did you mean aws?)']);
  expect(left(['azure'], [])[0]).toMatch(/use one of 3.19, 3.20, aws, gcp/);
  expect(left([], ['azure', '3.12', 'gcp', '3.19'])).toEqual(['3.20 aws']);
  expect(left([], ['plutoo'])[0]).toMatch(/--skip plutoo/);
});
