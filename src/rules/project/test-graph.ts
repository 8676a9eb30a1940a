/** For tests: a graph with a complete lock, with one made-up package for each set, and one for its base. */
import { type ClosurePackage, withClosures } from '../../alpine/locking/closures.ts';
import type { Graph } from '../../engine/model/graph.ts';
import { formatFailure } from '../../util/failure.ts';
import type { Result } from '../../util/result.ts';
import { type ImageGraphOptions, makeImageGraph } from './image-graph.ts';

export function answeredGraph(options: ImageGraphOptions): Graph {
  const { unanswered } = orThrow(makeImageGraph(options));
  const closures = [...unanswered.values()].map(({ key, wishes }) => {
    const [first] = wishes.repositories;
    const own = { ...MADE_UP, index: first?.path ?? '', scripts: wishes.noScripts.length === 0 };
    const hasBase = (wishes.shared ?? []).length > 0;
    return [
      key,
      hasBase ? [{ ...own, name: 'made-up-base', base: true, scripts: true } as const, own] : [own],
    ] as const;
  });
  return orThrow(makeImageGraph({ ...options, lock: withClosures(options.lock, new Map(closures), 'add') })).graph;
}

const MADE_UP: ClosurePackage = {
  index: '',
  name: 'made-up',
  version: '1-r0',
  checksum: `Q1${'a'.repeat(27)}=`,
  size: 7,
  origin: 'made-up',
  license: 'MIT',
  scripts: true,
};

function orThrow<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(formatFailure(result.error));
  return result.value;
}
