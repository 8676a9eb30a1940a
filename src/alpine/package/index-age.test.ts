import { describe, expect, it } from 'vitest';
import { howOlder, type IndexAge, indexAge, standsStill } from './index-age.ts';

const DAY = 86_400;
const at = (day: string): number => Date.parse(day) / 1000;

describe('the age of an index', () => {
  it('is what Alpine describes it with, and the newest build time, wherever it stands', () => {
    const text = 'P:a\nt:20\n\nP:b\nT:t:900\nt:30\n\nP:c\nt:10\nD:t:99\n\n';
    expect(indexAge({ text, description: 'v3.20.3-14-gabc' })).toEqual({ description: 'v3.20.3-14-gabc', built: 30 });
  });

  it.each(['', 'mine', 'v3.20.3-x', 'my v3.20.3', 'v3.20.3-14-gxyz'])('has no description in %j', description => {
    expect(indexAge({ text: 'P:a\n', description })).toEqual({});
  });
});

describe('an index is older than another', () => {
  const OLDER: readonly (readonly [IndexAge, IndexAge])[] = [
    [{ description: 'v3.20.3-9-gaaa' }, { description: 'v3.20.3-14-gbbb' }],
    [{ description: 'v3.20.3-99-gaaa' }, { description: 'v3.20.10-1-gbbb' }],
    [{ description: 'v3.20.3' }, { description: 'v3.20.3-1-gbbb' }],
    [{ description: 'v3.21.0_rc1-5-gaaa' }, { description: 'v3.21.0' }],
    [{ description: 'v20240807-900-gaaa' }, { description: 'v20250108-3-gbbb' }],
    [{ built: at('2024-01-01') }, { built: at('2024-01-02') }],
    [
      { description: 'v3.20.3-1-ga', built: 1 },
      { description: 'v3.20.3-1-ga', built: 2 },
    ],
    [{ description: 'v3.20.3-1-ga', built: 1 }, { built: 2 }],
  ];

  it.each(OLDER)('%j than %j, not the other way round, nor than itself', (now, before) => {
    expect(howOlder(now, before)).toContain('the lock has');
    expect(howOlder(before, now)).toBeUndefined();
    expect(howOlder(now, now)).toBeUndefined();
  });

  it.each<readonly [IndexAge, IndexAge]>([
    [{}, { built: 5 }],
    [{ built: 5 }, {}],
    [{ description: 'v3.20.3-1-ga' }, { built: 5 }],
    // A newer index from which a package was removed.
    [
      { description: 'v3.20.3-2-ga', built: 1 },
      { description: 'v3.20.3-1-ga', built: 9 },
    ],
  ])('nothing is said of %j and %j', (now, before) => expect(howOlder(now, before)).toBeUndefined());

  it('says days', () => {
    expect(howOlder({ built: at('2024-01-01') }, { built: at('2024-01-03') })).toBe(
      'its newest package is from 2024-01-01, the lock has an index with one from 2024-01-03',
    );
  });
});

describe('edge stands still', () => {
  const today = '2025-01-01';
  it('if its newest package is older than 90 days', () => {
    const now = at(today);
    expect(standsStill('edge/main/x86_64', { built: now - 91 * DAY }, today)).toContain('2024-10-02');
    expect(standsStill('edge/main/x86_64', { built: now - 90 * DAY }, today)).toBeUndefined();
  });

  it.each(['v3.20/main/x86_64', 'https://example.org/edge/x86_64'])('of %s nobody can say it', path => {
    expect(standsStill(path, { built: 1 }, today)).toBeUndefined();
    expect(standsStill('edge/main/x86_64', {}, today)).toBeUndefined();
  });
});
