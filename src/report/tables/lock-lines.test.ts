import { describe, expect, it } from 'vitest';
import type { Lock } from '../../alpine/locking/lock.ts';
import { testLock } from '../../alpine/locking/test-lock.ts';
import { type LockDifference, lockTextLines } from './lock-lines.ts';

const LOCK = testLock();
const NOTHING = { before: LOCK, after: LOCK, packages: [], first: [] };
const [MAIN = ''] = Object.keys(LOCK.indexes);
const musl = { name: 'musl', before: '1-r0', after: '1-r1', repository: MAIN };
const images = (count: number) => Array.from({ length: count }, (_, index) => `//cloud${index}/x86_64/bios/tiny@3.20`);

function text(difference: Partial<LockDifference>, form: 'text' | 'markdown' = 'text'): string {
  return lockTextLines({ ...NOTHING, ...difference }, form).join('\n');
}

describe('an update', () => {
  it('that changed nothing says so, and only then', () => {
    expect(text({})).toBe('no changes');
    for (const difference of [
      { first: images(1) },
      { packages: [{ ...musl, images: images(1) }] },
      { before: undefined },
    ])
      expect(text(difference)).not.toContain('no changes');
  });

  it('lists releases that are new, moved and gone, ISOs that are gone, and indexes that are others', () => {
    const [iso] = Object.values(LOCK.iso);
    const release = { release: '3.20.4', date: '2025-01-07', endOfLife: '2026-04-01' };
    const other = { hash: '9'.repeat(64), size: 1 } as Lock['indexes'][string];
    const before: Lock = {
      ...LOCK,
      releases: { ...LOCK.releases, '3.17': release },
      iso: { ...LOCK.iso, ...(iso === undefined ? {} : { '3.17/x86_64': iso }) },
    };
    const releases = { '3.20': release, edge: { release: '20250107', date: '2025-01-07', endOfLife: '' } };
    expect(text({ before, after: { ...LOCK, releases, indexes: { ...LOCK.indexes, [MAIN]: other } } })).toBe(
      [
        '3.20: 3.20.3 → 3.20.4 of 2025-01-07',
        'edge: 20250107 of 2025-01-07',
        '3.17: removed, because it is no longer served or past its end of life',
        '3.17/x86_64: removed, because the mirror has no ISO for it',
        `${MAIN}: new package index`,
      ].join('\n'),
    );
  });

  it('lists packages old and new, with few images by name and many by number', () => {
    const { after: _, ...gone } = { ...musl, name: 'zlib' };
    const { before: __, ...came } = { ...musl, name: 'acl' };
    const packages = [
      { ...came, images: images(1) },
      { ...musl, images: images(22) },
      { ...gone, images: images(2) },
    ];
    expect(text({ packages })).toBe(
      [
        'package  before  after  images',
        'acl      -       1-r1   //cloud0/x86_64/bios/tiny@3.20',
        'musl     1-r0    1-r1   22 images',
        'zlib     1-r0    -      //cloud0/x86_64/bios/tiny@3.20, //cloud1/x86_64/bios/tiny@3.20',
      ].join('\n'),
    );
  });

  it('says the same in Markdown, with all images', () => {
    const packages = [{ ...musl, images: images(3) }];
    expect(text({ packages, first: images(1) }, 'markdown')).toBe(
      [
        '- //cloud0/x86_64/bios/tiny@3.20 is locked for the first time',
        '',
        '| package | before | after | images |',
        '| --- | --- | --- | --- |',
        `| musl | 1-r0 | 1-r1 | <details><summary>3 images</summary>${images(3).join('<br>')}</details> |`,
      ].join('\n'),
    );
  });
});
