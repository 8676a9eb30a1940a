import { expect, test } from 'vitest';
import type { Label } from '../../engine/model/graph.ts';
import { packageLabel, sourceLabel, toolboxLabel, variantLabel } from '../../rules/labels.ts';
import { skippedLines } from './skipped-lines.ts';

const MUSL = packageLabel({ index: 'v3.20/main/x86_64', name: 'musl', version: '1.2.5-r0' });
const [AWS, GCP, OCI, NOCLOUD] = ['aws', 'gcp', 'oci', 'nocloud'].map(cloud => `//${cloud}/x86_64/uefi/tiny@3.20`) as [
  string,
  string,
  string,
  string,
];

function told(because: Label | 'stopped', ...labels: readonly Label[]): readonly string[] {
  return skippedLines(new Map([[because, labels]]), { status: 'failed', verbose: false });
}

test('the image is named that does without, and what it shares with others is no image', () => {
  const labels = [toolboxLabel('x86_64'), variantLabel(AWS, 'packages'), variantLabel(AWS, 'disk')];
  expect(told(MUSL, ...labels)).toEqual([`3 nodes of ${AWS} skipped because of ${MUSL}`]);
  expect(told('stopped', toolboxLabel('x86_64'))).toEqual(['1 node skipped because the build stopped']);
});

test('a source with a colon in its path is no image', () => {
  expect(told('stopped', sourceLabel('scripts/a:b'))).toEqual(['1 node skipped because the build stopped']);
});

test('three images are named, of more the first two', () => {
  const disks = [AWS, GCP, OCI, NOCLOUD].map(variant => variantLabel(variant, 'disk'));
  expect(told(MUSL, ...disks.slice(0, 2))).toEqual([`2 nodes of 2 images (${AWS}, ${GCP}) skipped because of ${MUSL}`]);
  expect(told(MUSL, ...disks.slice(0, 3))).toEqual([
    `3 nodes of 3 images (${AWS}, ${GCP}, ${OCI}) skipped because of ${MUSL}`,
  ]);
  expect(told(MUSL, ...disks)).toEqual([`4 nodes of 4 images (${AWS}, ${GCP} and 2 more) skipped because of ${MUSL}`]);
});

test('each cause has a line of its own, failures first', () => {
  const skipped = new Map<Label | 'stopped', readonly Label[]>([
    ['stopped', [variantLabel(GCP, 'disk')]],
    [MUSL, [variantLabel(AWS, 'disk')]],
  ]);
  const lines = [
    `1 node of ${AWS} skipped because of ${MUSL}`,
    `1 node of ${GCP} skipped because the build stopped`,
  ] as const;
  expect(skippedLines(skipped, { status: 'failed', verbose: false })).toEqual(lines);
  expect(skippedLines(skipped, { status: 'interrupted', verbose: false })).toEqual([lines[0]]);
  expect(skippedLines(skipped, { status: 'interrupted', verbose: true })).toEqual([
    lines[0],
    `  ${AWS}:disk`,
    lines[1],
    `  ${GCP}:disk`,
  ]);
});
