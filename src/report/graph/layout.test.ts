import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { everything } from '../../query/graph/node-set.ts';
import { type Edges, graphs } from '../../query/graph/test-graphs.ts';
import { worldOfEdges } from '../../query/graph/test-world.ts';
import type { Result } from '../../util/result.ts';
import { type Layout, layOut, type Rectangle } from './layout.ts';
import { pictureOf } from './picture.ts';

async function layoutOf(edges: Edges, factored: boolean): Promise<{ layout: Layout; edges: number }> {
  const world = worldOfEdges(edges);
  const nodes = everything(edges.size);
  const skeleton = pictureOf(world, nodes, { factored: true });
  const picture = factored ? skeleton : pictureOf(world, nodes, { factored: false });
  return { layout: laidOut(await layOut(picture, skeleton)), edges: picture.edges.length };
}

function laidOut(result: Result<Layout>): Layout {
  return result.ok ? result.value : expect.unreachable();
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

describe.each([
  ['factored', true],
  ['with every node', false],
])('a picture %s', (_, factored) => {
  test('has all its boxes inside, none over another, and a path for each edge', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async given => {
        const { layout, edges } = await layoutOf(given, factored);
        for (const [place, box] of layout.boxes.entries()) {
          expect(box.x).toBeGreaterThanOrEqual(0);
          expect(box.y).toBeGreaterThanOrEqual(0);
          expect(box.x + box.width).toBeLessThanOrEqual(layout.width);
          expect(box.y + box.height).toBeLessThanOrEqual(layout.height);
          for (const other of layout.boxes.slice(place + 1)) expect(overlap(box, other)).toBe(false);
        }
        expect(layout.paths).toHaveLength(edges);
        for (const path of layout.paths) expect(path).toMatch(/^M[-\d.]+,[-\d.]+C([-\d.]+,[-\d.]+ ?){3,}$/);
      }),
      { numRuns: 40 },
    );
  });

  test('is the same each time', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async given => {
        expect(await layoutOf(given, factored)).toEqual(await layoutOf(given, factored));
      }),
      { numRuns: 10 },
    );
  });
});

test('a box stands left of what it depends on, and an arrow leads from its right side to the other’s left', async () => {
  const { layout } = await layoutOf(
    new Map([
      ['image', ['disk']],
      ['disk', ['iso']],
      ['iso', []],
    ]),
    true,
  );
  const [image, disk, iso] = layout.boxes;
  expect((image?.x ?? 0) + (image?.width ?? 0)).toBeLessThan(disk?.x ?? 0);
  expect((disk?.x ?? 0) + (disk?.width ?? 0)).toBeLessThan(iso?.x ?? 0);
  const [, x, y] = /^M([\d.]+),([\d.]+)/.exec(layout.paths[0] ?? '') ?? [];
  expect(Number(x)).toBeCloseTo((image?.x ?? 0) + (image?.width ?? 0), 0);
  expect(Number(y)).toBeCloseTo((image?.y ?? 0) + (image?.height ?? 0) / 2, 0);
});

test('nodes that stand alike fill a grid in one frame', async () => {
  const disks = Array.from({ length: 100 }, (_, index) => `disk-${index}`);
  const { layout } = await layoutOf(
    new Map<string, readonly string[]>([...disks.map(disk => [disk, ['iso']] as const), ['iso', []]]),
    false,
  );
  expect(layout.frames.map(({ caption }) => caption)).toEqual(['disk × 100']);
  const [frame] = layout.frames;
  const inside = layout.boxes.filter(box => frame !== undefined && overlap(box, frame));
  expect(inside).toHaveLength(100);
  expect(new Set(inside.map(({ x }) => x)).size).toBeGreaterThan(2);
  expect(new Set(inside.map(({ y }) => y)).size).toBeGreaterThan(5);
});

test('nothing has a layout too', async () => {
  const world = worldOfEdges(new Map());
  const picture = pictureOf(world, new Uint32Array(), { factored: true });
  expect(laidOut(await layOut(picture, picture))).toMatchObject({ boxes: [], frames: [], paths: [] });
});

test('more boxes than can be laid out are a failure that says what to do instead', async () => {
  const world = worldOfEdges(new Map(Array.from({ length: 16_000 }, (_, index) => [`n${index}`, []])));
  const picture = pictureOf(world, everything(16_000), { factored: false });
  expect(await layOut(picture, picture)).toMatchObject({
    error: { code: 'AIB_GRAPH_SIZE', got: expect.stringContaining('16000 boxes and 0 edges') },
  });
});
