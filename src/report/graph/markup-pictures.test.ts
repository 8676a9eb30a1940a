import { describe, expect, test } from 'vitest';
import { everything } from '../../query/graph/node-set.ts';
import { worldOf, worldOfEdges } from '../../query/graph/test-world.ts';
import type { QueryWorld } from '../../query/graph/world.ts';
import type { Artifact } from '../../store/content/artifact.ts';
import type { Sha256 } from '../../store/content/digest.ts';
import { htmlLines } from './html.ts';
import { type Layout, layOut } from './layout.ts';
import type { PageData } from './page/data.ts';
import { found } from './page/search.ts';
import { type Picture, pictureOf } from './picture.ts';
import { svgLines } from './svg.ts';

async function drawn(world: QueryWorld, madeBy: (label: string) => Readonly<Record<string, Artifact>> = () => ({})) {
  const picture = pictureOf(world, everything(world.graph.nodes.length), { factored: true });
  const layout = await laidOut(picture);
  const svg = [...svgLines(picture, layout, '')].join('\n');
  const page = { title: 'deps(<a>)', world, picture, layout, style: 'p{}', script: 'let a', madeBy };
  const html = [...htmlLines(page)].join('\n');
  const [, json = ''] = /<script type="application\/json" id="data">(.*)<\/script>/.exec(html) ?? [];
  return { svg, html, data: JSON.parse(json) as PageData };
}

async function laidOut(picture: Picture): Promise<Layout> {
  const layout = await layOut(picture, picture);
  return layout.ok ? layout.value : expect.unreachable();
}

const HOSTILE = 'a&b<script>alert("x")</script>';

describe('whatever a label says, it stays text', () => {
  test.each(['svg', 'html'] as const)('in %s', async form => {
    const world = worldOfEdges(new Map([[HOSTILE, []]]), () => 'disk"><b>');
    const { [form]: text, data } = await drawn(world);
    expect(text).not.toContain('<script>alert');
    expect(text).not.toContain('<b>');
    expect(data.nodes[0]).toMatchObject({ label: HOSTILE, kind: 'disk"><b>' });
  });
});

describe('the data of a page', () => {
  const world = worldOf(`
    disk-1 -> iso
    disk-2 -> iso
  `);

  test('say who is in which box, and who needs whom', async () => {
    const { data } = await drawn(world);
    expect(data.boxes.map(({ members }) => members)).toEqual([[0, 1], [2]]);
    expect(data.edges).toEqual([[0, 1]]);
    expect(data.nodes.map(({ label, box, inputs }) => [label, box, inputs.map(({ node }) => node)])).toEqual([
      ['disk-1', 0, [2]],
      ['disk-2', 0, [2]],
      ['iso', 1, []],
    ]);
  });

  test('have size and digest of what was made, and no size of a folder', async () => {
    const digest = { hash: 'a'.repeat(64) as Sha256, size: 2048 };
    const { data } = await drawn(world, label =>
      label === 'disk-1' ? { 'disk-1.out': { type: 'file', digest } } : { 'disk-2.out': { type: 'directory', digest } },
    );
    expect(data.nodes.map(({ outputs }) => outputs[0])).toEqual([
      { name: 'disk-1.out', size: '2.0 KiB', sha256: digest.hash },
      { name: 'disk-2.out', sha256: digest.hash },
      { name: 'iso.out' },
    ]);
  });

  test('know nodes outside the picture by their labels', async () => {
    const picture = pictureOf(world, Uint32Array.of(world.graph.indexOf('disk-2') ?? 0), { factored: false });
    const layout = await laidOut(picture);
    const html = [
      ...htmlLines({ title: '', world, picture, layout, style: '', script: '', madeBy: () => ({}) }),
    ].join();
    expect(html).toContain('"inputs":[{"name":"in/iso","node":"iso","output":"out"}]');
  });
});

describe('what the search of a page finds', () => {
  const nodes = [
    ['//aws/x86_64/tiny:disk', 'disk', 'built'],
    ['//aws/aarch64/tiny:image', 'image', 'stale'],
    ['//nocloud/x86_64/tiny:disk', 'disk', 'stale'],
  ].map(([label = '', kind = '', state = '']) => ({ label, kind, box: 0, facts: { state }, inputs: [], outputs: [] }));

  test.each([
    ['', []],
    ['aws', [0, 1]],
    ['AWS Tiny', [0, 1]],
    ['aws aarch64', [1]],
    ['kind:disk', [0, 2]],
    ['kind:dis', []],
    ['state:stale kind:disk', [2]],
    ['tiny:disk', [0, 2]],
    ['nothing', []],
  ])('%j', (text, expected) => {
    expect(found(nodes, text)).toEqual(expected);
  });
});
