import { describe, expect, test } from 'vitest';
import type { StandingImage, StandingSnapshot } from './images-of-project.ts';
import { pruned } from './pruning.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const DAY = 86_400_000;

function image(id: string, more: Partial<StandingImage> = {}): StandingImage {
  const release = more.imageKey ?? '3.22.1-tiny';
  return {
    ...{ region: 'eu-west-1', id, name: `alpine-${release}`, identity: undefined, imageKey: release, variant: 'tiny' },
    ...{ revision: 0, published: true, isPublic: true, made: NOW - 100 * DAY, endOfLife: '2027-05-01', snapshots: [] },
    ...more,
  };
}

function removed(
  images: readonly StandingImage[],
  rules: { readonly keep?: number; readonly olderThan?: number } = {},
  orphans: readonly StandingSnapshot[] = [],
): readonly string[] {
  const all = pruned({ images, orphans }, { keep: 1, olderThan: 90, now: NOW, ...rules });
  return all.map(each => `${each.image?.id ?? each.snapshot?.id}: ${each.why}`);
}

describe('what may go', () => {
  test('is a revision whose place a later one has taken, where that is published and in the same region', () => {
    const [r0, r1] = [image('r0'), image('r1', { revision: 1 })];
    expect(removed([r0, r1])).toEqual(['r0: superseded by r1']);
    expect(removed([r0, { ...r1, published: false }])).toEqual([]);
    expect(removed([r0, { ...r1, isPublic: false }]), 'who used the first could not use the second').toEqual([]);
    expect(
      removed([
        { ...r0, isPublic: false },
        { ...r1, isPublic: false },
      ]),
    ).toEqual(['r0: superseded by r1']);
    expect(removed([r0, { ...r1, region: 'us-east-1' }])).toEqual([]);
    expect(removed([r0, { ...r1, imageKey: '3.22.2-tiny' }])).toEqual([]);
  });

  test('is an image past its end of life, but for the newest releases of its variant', () => {
    const old = (id: string, imageKey: string, days: number) =>
      image(id, { imageKey, endOfLife: '2026-11-01', made: NOW - days * DAY });
    const images = [old('a', '3.18.1-tiny', 900), old('b', '3.18.2-tiny', 700), old('c', '3.18.3-tiny', 500)];
    expect(removed(images)).toEqual(['a: its end of life was on 2026-11-01', 'b: its end of life was on 2026-11-01']);
    expect(removed(images, { keep: 2 })).toEqual(['a: its end of life was on 2026-11-01']);
    expect(removed([image('there', { endOfLife: '2026-11-30' }), image('new', { imageKey: '3.22.2-tiny' })])).toEqual(
      [],
    );
    expect(removed([image('edge', { endOfLife: undefined }), image('new', { imageKey: '3.22.2-tiny' })])).toEqual([]);
  });

  test('is nothing that was made within the last days', () => {
    const images = [image('r0', { made: NOW - 89 * DAY }), image('r1', { revision: 1 })];
    expect(removed(images)).toEqual([]);
    expect(removed(images, { olderThan: 0 })).toEqual(['r0: superseded by r1']);
  });

  test('is a snapshot that no image stands on, unless somebody may be at it', () => {
    const orphan = (id: string, days: number) => ({
      region: 'eu-west-1',
      id,
      state: 'pending',
      made: NOW - days * DAY,
    });
    expect(removed([], {}, [orphan('new', 1), orphan('old', 3)])).toEqual(['old: no image uses it']);
    expect(removed([], { olderThan: 0 }, [orphan('new', 1)])).toEqual([]);
  });
});
