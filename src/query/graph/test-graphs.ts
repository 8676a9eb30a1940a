/** Arbitrary small graphs, for property tests. Never cyclic. */
import fc from 'fast-check';
import { expect } from 'vitest';

export type Edges = ReadonlyMap<string, readonly string[]>;

/** Node `n-i` depends on some nodes with higher numbers; then the names are shuffled, so that they do not reveal the order. */
export const graphs: fc.Arbitrary<Edges> = fc.integer({ min: 1, max: 12 }).chain(size =>
  fc
    .tuple(
      fc.array(fc.array(fc.boolean(), { minLength: size, maxLength: size }), { minLength: size, maxLength: size }),
      fc.shuffledSubarray(
        Array.from({ length: size }, (_, index) => index),
        { minLength: size, maxLength: size },
      ),
    )
    .map(([matrix, order]) => {
      const name = (index: number): string => `${index % 2 === 0 ? 'even' : 'odd'}-${order[index]}`;
      const rows = matrix.map(
        (row, source) =>
          [name(source), row.flatMap((on, target) => (on && target > source ? [name(target)] : []))] as const,
      );
      return new Map(order.map(index => rows[index] ?? expect.unreachable()));
    }),
);
